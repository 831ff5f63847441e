"""Rules run over files: findings in order, bugs kept apart, bytes that are no text told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.practices.small_rules import TODAY, checked, found, make_rule, selection, word_rule

from boxwright.findings.finding import Finding, Severity
from boxwright.practices.check import check_file, check_source, check_tree
from boxwright.practices.discovery import Kind
from boxwright.practices.rule import Problem
from boxwright.practices.selection import Selection
from boxwright.practices.subjects import Build, IgnoreFile
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import MemoryTree
from boxwright.text.source import Position, Source, Span


def test_a_problem_becomes_a_finding_with_its_place() -> None:
    result = checked("FROM scratch\nRUN bad thing\n", word_rule("bad"))

    assert result.findings == (
        Finding(
            rule="says-bad",
            severity=Severity.WARNING,
            message="`bad` is found",
            path="Dockerfile",
            span=Span(17, 20),
            start=Position(2, 5),
            end=Position(2, 8),
        ),
    )


def test_findings_come_by_place_then_by_rule() -> None:
    text = "FROM scratch\nRUN b a\nRUN a\n"

    assert found(text, word_rule("b", name="z"), word_rule("a", name="y")) == [
        ("z", 2),
        ("y", 2),
        ("y", 3),
    ]


def test_a_rule_that_raises_hides_nothing() -> None:
    def broken(build: Build) -> Iterator[Problem]:
        yield Problem("half of what it says", Span(0, 1))
        raise RecursionError("too deep")

    result = checked("FROM scratch\nRUN bad\n", make_rule("broken", broken), word_rule("bad"))

    assert [finding.rule for finding in result.findings] == ["says-bad"]
    assert [(each.rule, each.path, repr(each.error)) for each in result.failures] == [
        ("broken", "Dockerfile", "RecursionError('too deep')")
    ]


def test_the_same_problem_twice_is_one_finding_and_spans_stay_in_the_text() -> None:
    problem = Problem("odd", Span(-5, 10_000))
    rule = make_rule("odd", lambda _: [problem, problem])

    result = checked("FROM scratch\n", rule)

    assert [finding.span for finding in result.findings] == [Span(0, 13)]


def test_a_problem_may_be_worse_than_its_rule_and_settings_have_the_last_word() -> None:
    rule = make_rule("odd", lambda _: [Problem("odd", Span(0, 0), severity=Severity.ERROR)])

    assert [each.severity for each in checked("FROM a\n", rule).findings] == [Severity.ERROR]


def test_a_rule_sees_its_options() -> None:
    def limit(build: Build) -> Iterator[Problem]:
        yield Problem(f"at most {build.options['most']}", Span(0, 0))

    result = checked("FROM scratch\n", make_rule("limit", limit, options={"most": 3}))

    assert [finding.message for finding in result.findings] == ["at most 3"]


@pytest.mark.parametrize(
    ("content", "message", "line", "column"),
    [
        pytest.param(
            b"FROM a\n# caf\xe9\nRUN bad\n",
            "the byte 0xE9 is not UTF-8; save the file as UTF-8",
            2,
            6,
            id="Latin-1",
        ),
        pytest.param(
            "FROM ä\n".encode() + b"RUN bad\0\n",
            "the file has a NUL byte: it is no text",
            2,
            8,
            id="binary",
        ),
        pytest.param(
            "FROM a\n".encode("utf-16"),
            "the file is UTF-16; save it as UTF-8",
            1,
            1,
            id="UTF-16",
        ),
    ],
)
def test_what_is_no_text_is_told_where_that_begins(
    content: bytes, message: str, line: int, column: int
) -> None:
    file = File.of("Dockerfile", "Dockerfile", Kind.DOCKERFILE, content)

    result = check_file(Workspace(None, [file], today=TODAY), "Dockerfile", selection())

    assert [(each.rule, each.message, each.start) for each in result.findings] == [
        ("invalid-syntax", message, Position(line, column))
    ]


def test_a_file_with_a_byte_that_is_no_text_is_checked_all_the_same_but_never_mended() -> None:
    file = File.of("Dockerfile", "Dockerfile", Kind.DOCKERFILE, b"FROM a\n# \xff\nRUN bad\n")

    result = check_file(
        Workspace(None, [file], today=TODAY), "Dockerfile", selection(word_rule("bad", "good"))
    )

    assert [(each.rule, each.fix) for each in result.findings] == [
        ("invalid-syntax", None),
        ("says-bad", None),
    ]


def test_a_pattern_that_is_none_is_told_in_its_line() -> None:
    result = checked("data\n[\n*.log\n", kind=Kind.DOCKERIGNORE)

    assert [(each.rule, each.start.line, each.message) for each in result.findings] == [
        ("invalid-syntax", 2, "`[` is no valid pattern")
    ]


def test_rules_look_at_their_subjects_only() -> None:
    ignore = word_rule("data", kind=IgnoreFile, area="dockerignore")

    assert found("data\n", ignore, kind=Kind.DOCKERIGNORE) == [("says-data", 1)]
    assert found("# data\nFROM a\n", ignore) == []


def test_a_tree_is_checked_file_by_file() -> None:
    tree = MemoryTree(
        {"Dockerfile": b"FROM bad\n", "gpu/Dockerfile.dev": b"FROM b\n", "a.py": b"bad"}
    )

    results = check_tree(tree, today=TODAY, selection=selection(word_rule("bad")))

    assert {path: len(result.findings) for path, result in results.items()} == {
        "Dockerfile": 1,
        "gpu/Dockerfile.dev": 0,
    }


class TestContext:
    """Where the files around a Dockerfile are looked for."""

    @staticmethod
    def context(files: dict[str, bytes], path: str) -> str:
        seen = []

        def look(build: Build) -> Iterator[Problem]:
            assert build.context is not None
            seen.append(" ".join(build.context.paths()))
            yield from ()

        kinds = {name: Kind.DOCKERFILE for name in files if "Dockerfile" in name}
        workspace = Workspace(
            MemoryTree(files),
            [File.of(name, name, kind, files[name]) for name, kind in kinds.items()],
            today=TODAY,
        )
        result = check_file(workspace, path, selection(make_rule("look", look)))
        assert result.failures == ()
        return seen[0]

    def test_it_is_the_folder_of_the_dockerfile(self) -> None:
        files = {"x/Dockerfile": b"FROM a\nCOPY . .\n", "x/a.py": b"", "b.py": b""}

        assert self.context(files, "x/Dockerfile") == "Dockerfile a.py"

    def test_it_is_the_nearest_folder_that_has_all_that_is_copied(self) -> None:
        files = {
            "x/docker/Dockerfile": b"FROM a\nCOPY src app.toml /app/\n",
            "x/src/a.py": b"",
            "x/app.toml": b"",
            "y.py": b"",
        }

        context = self.context(files, "x/docker/Dockerfile")

        assert context == "app.toml docker/Dockerfile src/a.py"

    def test_where_nothing_has_all_of_it_the_own_folder_is_taken(self) -> None:
        files = {"x/Dockerfile": b"FROM a\nCOPY made.whl .\n", "b.py": b""}

        assert self.context(files, "x/Dockerfile") == "Dockerfile"


def test_ten_thousand_lines_are_quick() -> None:
    import time

    text = "FROM a\n" + "RUN x bad\n" * 10_000
    start = time.process_time()

    result = check_source(
        Source("Dockerfile", text), today=TODAY, selection=selection(word_rule("bad"))
    )

    assert len(result.findings) == 10_000
    assert time.process_time() - start < 2


def test_without_a_selection_the_rules_of_boxwright_look() -> None:
    result = check_source(Source("Dockerfile", "FORM scratch\n"), today=TODAY)

    assert "invalid-syntax" in {finding.rule for finding in result.findings}
    assert Selection().settings is None
