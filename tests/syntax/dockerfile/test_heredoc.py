import pytest

from boxwright.syntax.dockerfile.heredoc import HeredocWord, heredoc_words
from boxwright.syntax.dockerfile.instructions import Copy, Dockerfile, Onbuild, Run
from boxwright.syntax.dockerfile.lines import SyntaxProblem
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source, Span


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("RUN <<EOF", ["EOF"]),
        ("RUN <<A cat <<B", ["A", "B"]),
        ("RUN <<'A B'", ["A B"]),
        ('RUN <<"A"B', ["AB"]),
        ("RUN <<\\EOF", ["EOF"]),
        ("RUN << EOF", ["EOF"]),
        ("RUN <<- EOF", []),
        ("RUN <<", []),
        ("RUN <<''", []),
        ("RUN cat <<<EOF", []),
        ("RUN cat <<< EOF", []),
        ("RUN echo $((1<<2))", []),
        ("RUN echo $(( 1<<2 ))", ["2"]),
        ("RUN echo '<<A' \"<<B\" \\<<C", []),
        ("RUN cat x<<A", []),
        ("RUN cat 3<<A", ["A"]),
        ("RUN cat <<A>file", ["A>file"]),
        ("RUN it's <<A", []),
        ("RUN echo ${x[0]} <<A", []),
        ("RUN echo ${x:-y} $z <<A", ["A"]),
        ("RUN echo ${x <<A", []),
        ("RUN <<$X", ["$X"]),
        ("COPY --chown=a:b <<A <<B /c/", ["A", "B"]),
    ],
)
def test_heredocs_are_told_from_other_words(line, names) -> None:
    assert [word.name for word in heredoc_words(line)] == names


def test_a_word_says_how_its_body_is_to_be_read() -> None:
    assert heredoc_words("RUN 3<<-A <<'B' <<\\C") == [
        HeredocWord("A", 3, strip_tabs=True, expand=True, start=4, end=9),
        HeredocWord("B", None, strip_tabs=False, expand=False, start=10, end=15),
        # For BuildKit, an escape is no quote.
        HeredocWord("C", None, strip_tabs=False, expand=True, start=16, end=20),
    ]


def test_the_body_of_a_heredoc_alone_is_the_script() -> None:
    text = "FROM a\nRUN <<EOF\n# no comment\n  echo \\\n x\nEOF\nUSER b\n"
    dockerfile = parsed(text)
    run = dockerfile.of(Run)[0]

    assert run.script.text == "# no comment\n  echo \\\n x\n"
    assert run.script.span(15, 19) == Span(32, 36)
    assert text[32:36] == "echo"
    assert (run.first_line, run.last_line) == (2, 6)
    assert text[run.span.start : run.span.end].endswith("\nEOF")
    assert dockerfile.instructions[2].line.text == "USER b"


def test_bodies_come_in_order_and_go_to_the_shell_with_the_command() -> None:
    text = "FROM a\nRUN cat <<A \\\n  <<-'B' | sh\na\nA\n\tb\n\t\tB\n"
    run = parsed(text).of(Run)[0]

    a, b = run.heredocs
    assert (a.content.text, b.content.text, b.body.text) == ("a\n", "b\n", "\tb\n")
    assert b.content.span(0, 1) == Span(40, 41)
    assert text[b.span.start : b.span.end] == "\tb\n\t\tB"
    assert text[b.word_span.start : b.word_span.end] == "<<-'B'"
    assert text[b.terminator_span.start : b.terminator_span.end] == "B"
    assert run.script.text == "cat <<A   <<-'B' | sh\na\nA\n\tb\nB"
    places = [run.script.offset(index) for index in range(len(run.script.text))]
    assert [text[place] for place in places] == list(run.script.text)


def test_a_line_end_of_windows_is_no_part_of_the_name() -> None:
    run = parsed("FROM a\r\nRUN <<EOF\r\nx\r\nEOF\r\n").of(Run)[0]

    assert run.script.text == "x\r\n"


def test_a_heredoc_without_quotes_is_named_with_a_backslash_whatever_the_escape_is() -> None:
    run = parsed("# escape=`\nFROM a\nRUN <<\\E `\n  cat\nx\nE\n").of(Run)[0]

    assert [heredoc.name for heredoc in run.heredocs] == ["E"]


def test_copy_has_its_files_from_heredocs() -> None:
    copy = parsed("FROM a\nCOPY --chown=b <<c.txt d <<-E /f/\n1\nc.txt\n\t2\nE\n").of(Copy)[0]

    assert [word.raw for word in copy.sources] == ["d"]
    assert [(doc.name, doc.content.text) for doc in copy.heredocs] == [
        ("c.txt", "1\n"),
        ("E", "2\n"),
    ]
    assert copy.destination is not None
    assert copy.destination.raw == "/f/"


def test_a_trigger_has_heredocs_too() -> None:
    dockerfile = parsed("FROM a\nONBUILD RUN <<EOF\nb\nEOF\nUSER c\n")
    onbuild = dockerfile.of(Onbuild)[0]

    assert isinstance(onbuild.instruction, Run)
    assert onbuild.instruction.script.text == "b\n"
    assert onbuild.span == Span(7, 30)
    assert onbuild.instruction.span == Span(15, 30)
    assert (onbuild.last_line, dockerfile.instructions[2].first_line) == (4, 5)


@pytest.mark.parametrize(
    "line",
    [
        'RUN ["cat", "<<EOF"]',
        'COPY ["<<EOF", "/x"]',
        "ENV a=<<EOF",
        "CMD cat <<EOF",
        "ONBUILD ONBUILD RUN <<EOF",
        'ONBUILD RUN ["cat", "<<EOF"]',
    ],
)
def test_elsewhere_there_are_no_heredocs(line) -> None:
    dockerfile = parsed(f"FROM a\n{line}\nUSER b\nEOF\n")

    assert dockerfile.instructions[1].heredocs == ()
    assert dockerfile.instructions[2].keyword == "USER"


def test_a_heredoc_that_is_not_ended_goes_up_to_the_next_instruction() -> None:
    text = "FROM a\nRUN cat <<A <<B\nx\n  RUN y\nCOPY b c\nB\n"

    dockerfile = parsed(text)

    run, copy, rest = dockerfile.instructions[1:]
    assert dockerfile.problems[0] == SyntaxProblem(
        "the heredoc is not ended by a line `A`", Span(15, 18), "unterminated-heredoc"
    )
    assert [doc.content.text for doc in run.heredocs] == ["x\n  RUN y\n", ""]
    assert [doc.is_terminated for doc in run.heredocs] == [False, False]
    assert (copy.line.text, rest.line.text) == ("COPY b c", "B")
    assert [problem.kind for problem in dockerfile.problems[1:]] == ["unknown-instruction"]


@pytest.mark.parametrize(
    ("body", "interpreter", "is_shell"),
    [
        ("echo", "", True),
        ("#!/bin/sh\necho", "sh", True),
        ("#!/usr/bin/env -S bash -e\necho", "bash", True),
        ("#!/usr/bin/env python3\nprint()", "python3", False),
        ("#!\n", "", True),
    ],
)
def test_the_first_line_may_name_the_interpreter(body, interpreter, is_shell) -> None:
    run = parsed(f"FROM a\nRUN <<EOF\n{body}\nEOF\n").of(Run)[0]

    assert (run.interpreter, run.runs_posix_shell) == (interpreter, is_shell)
