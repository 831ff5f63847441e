"""Whatever the text is, the tree covers it, and every place is in it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.syntax.dockerfile.instructions import (
    Arg,
    Env,
    From,
    Healthcheck,
    Instruction,
    Label,
    Onbuild,
    Run,
)
from boxwright.syntax.dockerfile.parse import Dockerfile, parse_dockerfile
from boxwright.syntax.dockerfile.printer import print_dockerfile
from boxwright.syntax.dockerfile.scopes import Scopes
from boxwright.syntax.dockerfile.variables import expand, unquoted, variables
from boxwright.text.joined import Joined
from boxwright.text.source import Source, Span

PARTS = [
    "FROM a", "from $B AS c", "FROM --platform=p x", "RUN ", "RUN --mount=type=cache,target=/c x",
    "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "EXPOSE 80", "HEALTHCHECK CMD", "ONBUILD ",
    "SHELL", "USER u", "VOLUME", "WORKDIR", "STOPSIGNAL 9", "MAINTAINER m", "foo bar",
    "# syntax=a", "# escape=`", "# escape=\\", "# c", "#", "a=b", "a='b c'", 'd="e', "'", "a b",
    "$x", "${x:-$y}", "${x", "${x%%*}", "${x/a/b}", '["a", "b"]', "['a']", "[1]", "[", "]",
    "<<EOF", "<<-'B'", "3<<C", "<<<", "EOF", "\tB", "C", "--from=0", "--link", "--", "&& b",
    "\\", "`", "\\\\", "\ufeff", "\u00a0", "\x1c", "é", "\U0001f40d", "\ud800",
]  # fmt: skip
ENDS = ["\n", "\n", "\n", " ", " ", "", "\t", "\r\n", "\\\n", " \\\n", " \\ \t\r\n", "`\n", "\n\n"]

TEXTS = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(ENDS)), max_size=14).map(
    lambda pairs: "".join(part + end for part, end in pairs)
)


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_printing_gives_back_what_was_read(text) -> None:
    assert print_dockerfile(parsed(text)) == text


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_instructions_stand_in_order_and_apart(text) -> None:
    dockerfile = parsed(text)

    end = last_line = 0
    for instruction in dockerfile.instructions:
        assert end <= instruction.span.start <= instruction.span.end <= len(text)
        assert last_line < instruction.first_line <= instruction.last_line
        assert dockerfile.source.position(instruction.span.end).line <= instruction.last_line
        end, last_line = instruction.span.end, instruction.last_line


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_every_place_is_in_the_text_and_says_the_same(text) -> None:
    dockerfile = parsed(text)

    spans = [problem.span for problem in dockerfile.problems]
    spans += [comment.span for comment in dockerfile.comments]
    spans += [directive.value_span for directive in dockerfile.directives]
    spans += dockerfile.empty_continuations
    for instruction in dockerfile.instructions:
        assert_same(text, instruction.line)
        assert_same(text, instruction.arguments)
        spans += spans_of(instruction)
        if isinstance(instruction, Onbuild) and instruction.instruction is not None:
            spans += spans_of(instruction.instruction)
    for span in spans:
        assert 0 <= span.start <= span.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_variables_have_values_or_not(text) -> None:
    dockerfile = parsed(text)
    scopes = Scopes(dockerfile)

    for instruction in dockerfile.instructions:
        environment = scopes.environment_at(instruction)
        assert len(list(environment)) == len(environment)
        assert all(environment[name].kind for name in environment)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab$${}{}:-+?#%/*\\'\"` ", max_size=30), st.sampled_from("\\`"))
def test_any_word_can_be_expanded(word, escape) -> None:
    expanded = expand(word, {"a": "bab", "b": ""}, escape)

    assert (expanded.value is None) == (expanded.problem != "")
    for use in expanded.names:
        assert word[use.start] == "$"
        assert use.name in word[use.start : use.end]
    assert unquoted(word, escape) == word or any(character in word for character in "'\"\\`")
    assert all(use in expanded.names or expanded.problem for use in variables(word, escape))


def assert_same(text: str, joined: Joined) -> None:
    places = [joined.offset(index) for index in range(len(joined.text))]
    assert "".join(text[place] for place in places) == joined.text


def spans_of(instruction: Instruction) -> list[Span]:
    spans = [instruction.span, instruction.keyword_span, instruction.arguments_span]
    spans += [flag.span for flag in instruction.flags]
    spans += [flag.value_span for flag in instruction.flags]
    for heredoc in instruction.heredocs:
        spans += [heredoc.span, heredoc.word_span, heredoc.terminator_span]
    match instruction:
        case Env() | Label():
            spans += [pair.value.span for pair in instruction.pairs]
        case Arg():
            spans += [argument.span for argument in instruction.declared]
        case From():
            spans.append(instruction.image.span)
        case Healthcheck():
            spans.append(instruction.command_span)
        case Run():
            script = instruction.script
            spans.append(script.span(0, len(script.text)))
            spans += [mount.flag.span for mount in instruction.mounts]
        case _:
            spans += [word.span for word in getattr(instruction, "words", ())]
    return spans
