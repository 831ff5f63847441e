"""Fixes are applied until nothing changes, and taken back where they would do harm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.practices.small_rules import TODAY, make_rule, selection, word_rule

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.autofix import FixedFile, fix_file, other_instructions
from boxwright.practices.discovery import Kind
from boxwright.practices.rule import Problem, Rule
from boxwright.practices.subjects import Build
from boxwright.practices.workspace import File, Workspace
from boxwright.practices.yaml_difference import differing_path
from boxwright.project.tree import MemoryTree
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.edit import Edit
from boxwright.text.source import Source, Span


def fixed(
    text: str,
    *rules: Rule[Any],
    unsafe: bool = False,
    path: str = "Dockerfile",
    files: dict[str, bytes] | None = None,
) -> FixedFile:
    tree = MemoryTree({path: text.encode(), **(files or {})})
    file = File(path, path, Kind.DOCKERFILE, text)
    workspace = Workspace(tree, [file], today=TODAY)
    return fix_file(workspace, path, selection(*rules), unsafe=unsafe)


def refusals(result: FixedFile) -> list[tuple[str, str]]:
    return [(refused.finding.rule, refused.reason) for refused in result.refused]


def test_all_findings_of_a_rule_are_mended_and_the_rest_is_kept() -> None:
    text = "\ufeffFROM scratch\r\nRUN bad \\\r\n  bad\r\n# bad"

    result = fixed(text, word_rule("bad", "good"))

    assert result.text == "\ufeffFROM scratch\r\nRUN good \\\r\n  good\r\n# good"
    assert [finding.rule for finding in result.applied] == ["says-bad"] * 3
    assert (result.refused, result.checked.findings) == ((), ())


def test_the_fix_of_one_rule_can_bring_work_for_another() -> None:
    result = fixed(
        "FROM a\nRUN x\n", word_rule("z", "done"), word_rule("y", "z"), word_rule("x", "y")
    )

    assert result.text == "FROM a\nRUN x\n"
    assert refusals(result) == [("says-x", "it would bring a finding of `says-y`")]


def test_a_less_bad_finding_may_be_new_and_is_mended_next() -> None:
    result = fixed(
        "FROM a\nRUN x\n",
        word_rule("x", "y", severity=Severity.ERROR),
        word_rule("y", "z"),
        word_rule("z", "done", severity=Severity.INFO),
    )

    assert result.text == "FROM a\nRUN done\n"
    assert [finding.rule for finding in result.applied] == ["says-x", "says-y", "says-z"]


def test_fixes_that_undo_each_other_come_to_an_end() -> None:
    result = fixed("FROM a\nRUN x\n", word_rule("x", "y"), word_rule("y", "x"))

    assert result.text == "FROM a\nRUN x\n"


def test_unsafe_fixes_are_applied_only_when_asked_for() -> None:
    rule = word_rule("bad", "good", applicability=Applicability.UNSAFE)

    assert fixed("FROM a\nRUN bad\n", rule).text == "FROM a\nRUN bad\n"
    assert fixed("FROM a\nRUN bad\n", rule, unsafe=True).text == "FROM a\nRUN good\n"


@pytest.mark.parametrize(
    ("better", "reason"),
    [
        pytest.param("bad again", "the finding would still be there", id="still there"),
        pytest.param("x\nRUN y", "it would add a RUN instruction", id="an instruction more"),
        pytest.param("x\nCOPY", "the file would not parse: ", id="no syntax"),
        pytest.param("bad", "it changes nothing", id="nothing"),
    ],
)
def test_a_fix_that_does_harm_is_refused(better: str, reason: str) -> None:
    result = fixed("FROM a\nRUN bad\n", word_rule("bad", better))

    assert result.text == "FROM a\nRUN bad\n"
    assert [(rule, why[: len(reason)]) for rule, why in refusals(result)] == [("says-bad", reason)]


def test_what_a_fix_declares_it_may_do() -> None:
    rule = word_rule("bad", "x\nUSER me", changes=("+USER",))

    result = fixed("FROM a\nRUN bad\n", rule)

    assert result.text == "FROM a\nRUN x\nUSER me\n"


def test_where_all_together_do_harm_each_is_tried() -> None:
    def find(build: Build) -> Iterator[Problem]:
        text = build.source.text
        for at in range(len(text)):
            if text.startswith("bad", at):
                span = Span(at, at + 3)
                better = "x\nCOPY" if text[at + 3] == "!" else "good"
                fix = Fix("Write better", (Edit.replace(span, better),), Applicability.SAFE)
                yield Problem("`bad` is found", span, fix)

    result = fixed("FROM a\nRUN bad\nRUN bad!\nRUN bad ?\n", make_rule("says-bad", find))

    assert result.text == "FROM a\nRUN good\nRUN bad!\nRUN good ?\n"
    assert [refused.finding.start.line for refused in result.refused] == [3]


def test_one_that_does_harm_among_many_is_found_soon() -> None:
    def find(build: Build) -> Iterator[Problem]:
        looks.append(1)
        for line in range(1, len(build.source.starts) + 1):
            text = build.source.line(line)
            if text.startswith("RUN bad"):
                start, end = build.source.line_span(line)
                better = "COPY" if text == "RUN bad 77" else "RUN good"
                fix = Fix("Write better", (Edit(start, end, better),), Applicability.SAFE)
                yield Problem(f"`{text}` is found", Span(start, end), fix)

    looks: list[int] = []
    text = "FROM a\n" + "".join(f"RUN bad {number}\n" for number in range(200))

    result = fixed(text, make_rule("says-bad", find))

    assert result.text.count("RUN good") == 199
    assert [refused.finding.start.line for refused in result.refused] == [79]
    assert len(looks) < 30


def test_fixes_of_one_place_are_applied_one_after_the_other() -> None:
    def find(build: Build) -> Iterator[Problem]:
        for name in ("one", "two"):
            if name not in build.source.text:
                end = len(build.source.text)
                fix = Fix(f"Add {name}", (Edit.insert(end, f"# {name}\n"),), Applicability.SAFE)
                yield Problem(f"{name} is missing", Span(0, 0), fix)

    result = fixed("FROM a\n", make_rule("missing", find))

    assert result.text == "FROM a\n# one\n# two\n"


def test_a_fix_whose_own_edits_overlap_is_refused() -> None:
    fix = Fix("Break", (Edit(0, 4, "FROM"), Edit(2, 5, "x")), Applicability.SAFE)

    result = fixed("FROM a\n", make_rule("odd", lambda _: [Problem("odd", Span(0, 4), fix)]))

    assert refusals(result) == [("odd", "its edits overlap")]


class TestCreating:
    @staticmethod
    def rule(name: str = ".dockerignore") -> Rule[Any]:
        def find(build: Build) -> Iterator[Problem]:
            if build.context is not None and ".dockerignore" not in build.context.all_paths():
                fix = Fix("Add it", (), Applicability.SAFE, creates=((name, ".git\n"),))
                yield Problem("there is no ignore file", Span(0, 4), fix)

        return make_rule("no-ignore-file", find)

    def test_a_fix_can_make_a_file_in_the_context(self) -> None:
        result = fixed(
            "FROM a\nCOPY x /\n", self.rule(), path="docker/Dockerfile", files={"x": b""}
        )

        assert result.created == {".dockerignore": ".git\n"}
        assert (result.text, result.checked.findings) == ("FROM a\nCOPY x /\n", ())

    def test_never_one_that_is_there(self) -> None:
        result = fixed("FROM a\n", self.rule("app.py"), files={"app.py": b"1"})

        assert refusals(result) == [("no-ignore-file", "`app.py` is there already")]

    def test_never_one_outside_of_the_project(self) -> None:
        result = fixed("FROM a\n", self.rule("../x"))

        assert refusals(result) == [("no-ignore-file", "`../x` would lie outside of the project")]


@pytest.mark.parametrize(
    ("before", "after", "declared", "expected"),
    [
        ("FROM RUN", "FROM RUN", "", ""),
        ("FROM RUN CMD", "FROM CMD", "-RUN", ""),
        ("FROM RUN CMD", "FROM CMD", "", "it would remove a RUN instruction"),
        ("FROM RUN RUN CMD", "FROM CMD", "-RUN", "it would remove a RUN instruction"),
        ("FROM RUN CMD", "FROM CMD RUN", "", "it would change the order of the instructions"),
        ("FROM RUN CMD", "FROM CMD RUN", "order", ""),
        ("FROM RUN CMD", "FROM USER CMD RUN", "+USER", "it would change the order of the instructions"),
        ("FROM RUN ENV CMD", "FROM ENV USER CMD", "-RUN +USER", ""),
    ],
)  # fmt: skip
def test_instructions_differ_only_as_declared(
    before: str, after: str, declared: str, expected: str
) -> None:
    assert other_instructions(before.split(), after.split(), declared.split()) == expected


@pytest.mark.parametrize(
    ("before", "after", "allowed", "expected"),
    [
        ("a: 1\nb: 2\n", "b: 0x2 # two\na: 1\n", [], None),
        ("a: 1\n", "a: '1'\n", [], "a"),
        ("a: {b: [1, 2]}\n", "a: {b: [1, 3]}\n", ["a.b.0"], "a.b.1"),
        ("a: {b: [1, 2]}\n", "a: {b: [1, 3]}\n", ["a.b"], None),
        ("a: {b: [1, 2]}\n", "a: {b: [1]}\n", ["a.bc"], "a.b"),
        ("a: {}\n", "a: {b: 1}\n", ["a.b"], None),
        ("a: {}\n", "a: {b: 1}\n", ["a.c"], "a.b"),
        ("x: &x {n: 1}\na: *x\n", "x: &x {n: 2}\na: *x\n", ["x"], "a.n"),
        ("a: 1\n", "a: 1\n---\nb: 2\n", [], "---"),
        ("a: &a [*a]\n", "a: &a [*a]\n", [], None),
    ],
)
def test_data_differ_only_as_declared(
    before: str, after: str, allowed: list[str], expected: str | None
) -> None:
    old, new = (parse_yaml(Source("a.yaml", text)) for text in (before, after))

    assert differing_path(old, new, allowed) == expected


def test_data_behind_many_aliases_are_compared_in_no_time() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    old, new = (parse_yaml(Source("a.yaml", f"a0: &a0 {value}\n{levels}")) for value in ("x", "y"))

    assert differing_path(old, old, []) is None
    assert differing_path(old, new, []) is not None


class TestYaml:
    TEXT = "services:\r\n  api:\r\n    image: bad # why\r\n    ports: ['80']\r\n"

    def fixed(self, *rules: Rule[Any]) -> FixedFile:
        file = File("compose.yaml", "compose.yaml", Kind.COMPOSE, self.TEXT)
        workspace = Workspace(MemoryTree({}), [file], today=TODAY)
        return fix_file(workspace, "compose.yaml", selection(*rules))

    def rule(self, better: str, *changes: str) -> Rule[Any]:
        from boxwright.practices.compose_file import ComposeFile

        return word_rule("bad", better, changes=changes, kind=ComposeFile, area="compose")

    def test_what_is_declared_may_differ(self) -> None:
        result = self.fixed(self.rule("good", "services.api.image"))

        assert result.text == self.TEXT.replace("bad", "good")

    @pytest.mark.parametrize(
        ("better", "reason"),
        [
            ("good", "it would change `services.api.image`"),
            ("good\r\n    user: me", "it would change `services.api.user`"),
            ("'good", "the file would not parse: not valid YAML: "),
        ],
    )
    def test_what_is_not_may_not(self, better: str, reason: str) -> None:
        declared = ["services.api.image"] if "user" in better else ["services.api.imagery"]

        result = self.fixed(self.rule(better, *declared))

        assert result.text == self.TEXT
        assert [why[: len(reason)] for _, why in refusals(result)] == [reason]
