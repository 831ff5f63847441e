"""Lines, directives, comments, continuations, stages."""

import pytest

from boxwright.syntax.dockerfile.instructions import Arg, Directive, Env, From, Run, Unknown
from boxwright.syntax.dockerfile.lines import Comment, SyntaxProblem
from boxwright.syntax.dockerfile.parse import Dockerfile, parse_dockerfile
from boxwright.text.source import Source, Span


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


def lines_of(dockerfile: Dockerfile) -> list[tuple[str, int, int]]:
    return [(item.line.text, item.first_line, item.last_line) for item in dockerfile.instructions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM a\nRUN b", [("FROM a", 1, 1), ("RUN b", 2, 2)], id="no final newline"),
        pytest.param("\ufeffFROM a\n", [("FROM a", 1, 1)], id="byte order mark"),
        pytest.param(
            "FROM a\r\nRUN b \\\r\n  c\r\n", [("FROM a", 1, 1), ("RUN b   c", 2, 3)], id="CRLF"
        ),
        pytest.param("\n  \n\tfrom a  \n", [("from a", 3, 3)], id="blanks around"),
        pytest.param("RUN a \\\n b", [("RUN a  b", 1, 2)], id="blanks of the next line stay"),
        pytest.param("RUN a \\ \t\n b", [("RUN a  b", 1, 2)], id="blanks behind the escape"),
        pytest.param("RUN a\\\n&& b", [("RUN a&& b", 1, 2)], id="no blank is put in"),
        pytest.param(
            "RUN a \\\\\nENV b=c", [("RUN a \\\\", 1, 1), ("ENV b=c", 2, 2)], id="escaped escape"
        ),
        pytest.param(
            "RUN a \\\\\\\nENV b=c",
            [("RUN a \\\\\\", 1, 1), ("ENV b=c", 2, 2)],
            id="three escapes do not continue either",
        ),
        pytest.param("RU\\\nN ec\\\nho", [("RUN echo", 1, 3)], id="split keyword"),
        pytest.param("\\\n  RUN a", [("RUN a", 1, 2)], id="a line with nothing but an escape"),
        pytest.param("RUN a \\", [("RUN a", 1, 1)], id="escape at the end of the file"),
        pytest.param("RUN a \\\n", [("RUN a", 1, 1)], id="escape in the last line"),
        pytest.param(
            "RUN a \\\n# no\n  # nor\n b\nUSER c",
            [("RUN a  b", 1, 4), ("USER c", 5, 5)],
            id="comments between",
        ),
        pytest.param(
            "RUN a \\\n# no \\\n b\nUSER c",
            [("RUN a  b", 1, 3), ("USER c", 4, 4)],
            id="a comment is not continued",
        ),
        pytest.param(
            "RUN a \\\n\n  \t\n b\nUSER c",
            [("RUN a  b", 1, 4), ("USER c", 5, 5)],
            id="empty lines between",
        ),
        pytest.param("RUN a # b", [("RUN a # b", 1, 1)], id="no comment behind code"),
        pytest.param(
            "# escape=`\nRUN a `\n b\\\nUSER c",
            [("RUN a  b\\", 2, 3), ("USER c", 4, 4)],
            id="backtick",
        ),
        pytest.param(
            "# check=skip=all\n# escape=`\nRUN a `\n b",
            [("RUN a  b", 3, 4)],
            id="escape behind another directive",
        ),
        pytest.param(
            "# hello\n# escape=`\nRUN a \\\n b", [("RUN a  b", 3, 4)], id="too late for escape"
        ),
        pytest.param("\n# escape=`\nRUN a \\\n b", [("RUN a  b", 3, 4)], id="behind an empty line"),
        pytest.param("RUN\ta\v\fb", [("RUN\ta\v\fb", 1, 1)], id="other blanks"),
        pytest.param("", [], id="nothing"),
        pytest.param("# a\n\n#b", [], id="comments only"),
    ],
)
def test_lines_are_joined(text, expected) -> None:
    assert lines_of(parsed(text)) == expected


def test_directives_are_read() -> None:
    dockerfile = parsed("#syntax = docker/dockerfile:1 \n# Escape=`\n#\tCHECK=error=true\n# a=b\n")

    assert dockerfile.directives == (
        Directive("syntax", "docker/dockerfile:1", Span(0, 29), Span(10, 29)),
        Directive("escape", "`", Span(31, 41), Span(40, 41)),
        Directive("check", "error=true", Span(42, 60), Span(50, 60)),
    )
    assert dockerfile.escape == "`"
    assert dockerfile.comments == (Comment("a=b", Span(61, 66), 4),)


def test_a_repeated_directive_is_a_problem_and_does_not_count() -> None:
    dockerfile = parsed("# escape=`\n# escape=\\\nFROM a\nRUN b `\n c")

    assert dockerfile.problems == (
        SyntaxProblem(
            "only one escape parser directive can be used", Span(11, 21), "repeated-directive"
        ),
    )
    assert lines_of(dockerfile)[1] == ("RUN b  c", 4, 5)


def test_an_escape_character_is_a_backslash_or_a_backtick() -> None:
    dockerfile = parsed("# escape=^\nFROM a\nRUN b \\\n c")

    assert [problem.message for problem in dockerfile.problems] == [
        "invalid escape token '^' does not match ` or \\"
    ]
    assert lines_of(dockerfile)[1] == ("RUN b  c", 3, 4)


def test_empty_lines_within_an_instruction_are_noted() -> None:
    text = "FROM a\nRUN b \\\n\n  \\\n \t\n c\n"

    dockerfile = parsed(text)

    assert dockerfile.empty_continuations == (Span(15, 16), Span(20, 23))
    assert dockerfile.problems == ()


def test_comments_are_kept_with_their_places() -> None:
    dockerfile = parsed("  # one \nFROM a\nRUN b \\\n  #two\n c\n#\n")

    assert dockerfile.comments == (
        Comment("one", Span(2, 7), 1),
        Comment("two", Span(26, 30), 4),
        Comment("", Span(34, 35), 6),
    )


def test_an_instruction_has_the_comments_directly_above() -> None:
    dockerfile = parsed("# a\n\n# b\n# c\nFROM x\n# d\n\nRUN y \\\n # e\n z\nUSER u\n")

    assert [[comment.text for comment in item.comments] for item in dockerfile.instructions] == [
        ["b", "c"],
        [],
        [],
    ]


def test_for_buildkit_blank_lines_do_not_part_comments_from_an_instruction() -> None:
    dockerfile = parsed("# syntax=x\n# a\n#\n# b\n\n# c\n\nFROM x\nUSER u\n")

    assert [
        [comment.text for comment in item.previous_comments] for item in dockerfile.instructions
    ] == [["b", "c"], []]


def test_an_instruction_knows_where_it_is() -> None:
    text = "FROM a\n  run x \\\n# c\n   && y  \nUSER z"
    run = parsed(text).instructions[1]

    assert text[run.span.start : run.span.end] == "run x \\\n# c\n   && y"
    assert text[run.keyword_span.start : run.keyword_span.end] == "run"
    assert (run.keyword, run.written_keyword) == ("RUN", "run")
    assert (run.arguments.text, run.arguments_span) == ("x    && y", Span(13, 28))
    assert run.arguments.span(5, 9) == Span(24, 28)


def test_the_span_leaves_out_empty_lines_behind_the_last_continuation() -> None:
    text = "FROM a\nRUN b \\\n\n\n"
    run = parsed(text).instructions[1]

    assert text[run.span.start : run.span.end] == "RUN b \\"
    assert (run.first_line, run.last_line) == (2, 4)


def test_unknown_instructions_do_not_end_the_reading() -> None:
    dockerfile = parsed("FROM a\n&& b\nRUN c\n")

    assert [type(item) for item in dockerfile.instructions] == [From, Unknown, Run]
    assert [problem.message for problem in dockerfile.problems] == ["unknown instruction: &&"]


def test_instructions_are_found_by_kind() -> None:
    dockerfile = parsed("ARG a\nARG b\nFROM x\nENV c=d\nARG e\nFROM y\nENV f=g\n")

    assert [env.line.text for env in dockerfile.of(Env)] == ["ENV c=d", "ENV f=g"]
    assert [env.line.text for env in dockerfile.stages[1].of(Env)] == ["ENV f=g"]
    assert [arg.line.text for arg in dockerfile.global_arguments] == ["ARG a", "ARG b"]
    assert [arg.line.text for arg in dockerfile.of(Arg)] == ["ARG a", "ARG b", "ARG e"]


def test_stages_have_names_bases_and_instructions() -> None:
    dockerfile = parsed(
        "ARG X=build\nFROM a AS Build\nRUN b\nFROM build AS c\nFROM $X\nUSER d\nFROM Build\n"
    )
    build, c, third, fourth = dockerfile.stages

    assert [stage.name for stage in dockerfile.stages] == ["build", "c", "", ""]
    assert [stage.base for stage in dockerfile.stages] == [None, build, build, None]
    assert [item.line.text for item in build.instructions] == ["RUN b"]
    assert [item.stage for item in dockerfile.instructions] == [
        None, build, build, c, third, third, fourth,
    ]  # fmt: skip
    assert list(third.chain()) == [third, build]
    assert third.span == Span(50, 64)


def test_stages_are_found_by_name_and_number() -> None:
    dockerfile = parsed("FROM a AS x\nFROM b AS Y\nFROM c AS x\n")

    found = [dockerfile.stage(name) for name in ("X", "y", "0", "2", "3", "z", "-1", "9" * 99)]

    one, two, three = dockerfile.stages
    assert found == [three, two, one, three, None, None, None, None]


def test_a_fragment_has_a_stage_that_starts_nowhere() -> None:
    dockerfile = parsed("ARG a\n  RUN b\n")
    (stage,) = dockerfile.stages

    assert stage.is_implied
    assert [item.line.text for item in stage.instructions] == ["ARG a", "RUN b"]
    assert [item.stage for item in (*dockerfile.instructions, stage.from_)] == [stage] * 3
    assert (stage.from_.image.raw, stage.from_.span) == ("", Span(0, 0))
    assert stage.from_.dockerfile is dockerfile


def test_the_shell_in_force_is_known() -> None:
    dockerfile = parsed(
        'FROM a AS b\nRUN 1\nSHELL ["bash", "-c"]\nRUN 2\nONBUILD RUN 3\nFROM b\nRUN 4\nFROM c\nRUN 5'
    )

    assert [run.shell for run in dockerfile.of(Run)] == [
        None, ("bash", "-c"), ("bash", "-c"), None,
    ]  # fmt: skip


def test_a_line_may_be_too_long_for_buildkit() -> None:
    longest = "#" * 65_535
    text = f"{longest}\r\nFROM a\nENV b=" + "é" * 33_000

    dockerfile = parsed(text)

    assert [(problem.kind, problem.span) for problem in dockerfile.problems] == [
        ("line-too-long", Span(0, 65_536)),
        ("line-too-long", Span(65_544, 98_550)),
    ]
    assert len(dockerfile.instructions) == 2


def test_a_very_long_file_is_not_read() -> None:
    dockerfile = parsed("RUN a\n" * 1_000_000)

    assert dockerfile.instructions == ()
    assert [problem.kind for problem in dockerfile.problems] == ["file-too-long"]
