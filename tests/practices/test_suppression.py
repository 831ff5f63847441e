"""Comments silence what they name where they stand, ours as well as those for other tools."""

from __future__ import annotations

from datetime import date

import pytest
from tests.practices.small_rules import found, selection, word_rule

from boxwright.findings.finding import Severity
from boxwright.practices.autofix import fix_file
from boxwright.practices.check import check_source
from boxwright.practices.discovery import Kind
from boxwright.practices.suppression import find_suppressions
from boxwright.practices.workspace import File, Workspace
from boxwright.text.source import Source

PAGE = """
It says bad.

## Equivalents

hadolint DL3042, DL3008, BuildKit JSONArgsRecommended, checkov CKV_DOCKER_3, trivy DS-0002,
dclint no-version-field, kube-linter latest-tag, kube-score container-image-tag,
KICS "Missing User Instruction", semgrep dockerfile.security.missing-user.

hadolint DL9999 is not among them: this is another paragraph.
"""
BAD = word_rule("bad", page=PAGE)
UGLY = word_rule("ugly")


def lines(text: str, *, kind: Kind = Kind.DOCKERFILE) -> list[int]:
    """Return the lines in which `bad` is still found."""
    return [line for rule, line in found(text, BAD, UGLY, kind=kind) if rule == "says-bad"]


@pytest.mark.parametrize(
    "comment",
    [
        "# boxwright: ignore[says-bad] because it has to be",
        "#boxwright:ignore[ says-ugly , says-bad ]",
        "# boxwright: ignore[DL3042] because other tools call it so",
        "# hadolint ignore=DL3042",
        "# hadolint ignore=DL3015, DL3042 the cache is needed",
        "# hadolint global ignore=DL3008",
        "# check=skip=JSONArgsRecommended",
        "# check = error=true;skip=Other,JSONArgsRecommended",
        "# check=skip=all",
        "#checkov:skip=CKV_DOCKER_3:there is no such user",
        "# trivy:ignore:DS-0002",
        "#trivy:ignore:AVD-DS-0002",
        "# trivy:ignore:DS-0001 trivy:ignore:DS-0002:exp:2027-01-01",
        "# kics-scan ignore-line",
        "# kics-scan ignore-block",
        "# nosemgrep: dockerfile.security.missing-user",
    ],
)
def test_a_comment_above_an_instruction_covers_it(comment: str) -> None:
    text = f"FROM scratch\nUSER me\n{comment}\nRUN bad\n"

    assert lines(text) == []
    assert lines(text.replace(comment, "#")) == [4]


@pytest.mark.parametrize(
    "comment",
    [
        "# boxwright: ignore[says-ugly] because of the other",
        "# hadolint ignore=DL9999",
        "# check=skip=Other",
        "# check=error=true",
        "# trivy:ignore:DS-0002:exp:2026-11-21",
        "# boxwright: see the rule says-bad",
        "# says-bad",
    ],
)
def test_a_comment_that_names_something_else_does_not(comment: str) -> None:
    assert lines(f"FROM scratch\n{comment}\nRUN bad\n") == [3]


def test_only_the_instruction_directly_below_is_covered() -> None:
    text = """\
FROM scratch
# boxwright: ignore[says-bad] because of A
# Another comment does not come between.
RUN bad \\
    bad
RUN bad

# boxwright: ignore[says-bad] because there is an empty line below

RUN bad
"""

    assert lines(text) == [6, 10]


@pytest.mark.parametrize("comment", ["boxwright: ignore[says-bad] why", "hadolint ignore=DL3042"])
def test_a_comment_between_the_lines_of_an_instruction_covers_it(comment: str) -> None:
    text = f"""\
FROM scratch
RUN bad && \\
    # {comment}
    bad
RUN <<EOF
bad
# {comment}
EOF
RUN bad
"""

    assert lines(text) == [9]


def test_a_whole_file_is_covered_by_what_says_so() -> None:
    assert lines("FROM bad\nRUN bad\n# boxwright: ignore-file[says-bad] because\n") == []
    assert lines("# check=skip=JSONArgsRecommended\nFROM bad\nRUN bad\n") == []
    assert lines("FROM bad\n# checkov:skip=CKV_DOCKER_3\nRUN x\n") == []
    assert lines("# hadolint global ignore=DL3042\nFROM bad\nRUN bad\n") == []


def test_for_trivy_what_stands_above_a_stage_covers_the_stage() -> None:
    text = "FROM a\nRUN bad\n# trivy:ignore:DS-0002\nFROM b\nRUN bad\nFROM c\nRUN bad\n"

    assert lines(text) == [2, 7]
    assert lines(f"# trivy:ignore:DS-0002\n{text}") == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a: bad # boxwright: ignore[says-bad] because\nb: bad\n", [2], id="same line"),
        pytest.param("# boxwright: ignore[says-bad] because\na: bad\nb: bad\n", [3], id="above"),
        pytest.param(
            "# boxwright: ignore[says-bad] x\na:\n  b: bad\n\n  c:\n  - bad\nd: bad\n",
            [7],
            id="a block",
        ),
        pytest.param(
            "# boxwright: ignore[says-bad] x\na:\n- b\n- bad\nd: bad\n",
            [5],
            id="a list as far left",
        ),
        pytest.param(
            "- a\n# boxwright: ignore[says-bad] x\n- bad\n- bad\n", [4], id="an item of a list"
        ),
        pytest.param("a: bad # dclint disable-line no-version-field\nb: bad\n", [2], id="dclint"),
        pytest.param("# dclint disable-line\na: bad\nb: bad\n", [3], id="dclint above"),
        pytest.param("# dclint disable no-version-field\na: bad\nb: bad\n", [], id="dclint file"),
        pytest.param(
            "metadata:\n  annotations:\n    ignore-check.kube-linter.io/latest-tag: x\n"
            "image: bad\n---\nimage: bad\n",
            [6],
            id="kube-linter",
        ),
        pytest.param(
            'a:\n  "kube-score/ignore": other,container-image-tag\nimage: bad\n',
            [],
            id="kube-score",
        ),
        pytest.param("a:\n  checkov.io/skip1: CKV_DOCKER_3=why\nimage: bad\n", [], id="checkov"),
    ],
)
def test_in_yaml_a_comment_covers_a_block(text: str, left: list[int]) -> None:
    rule = word_rule("bad", page=PAGE)
    suppressions = _suppressions(text, rule)

    assert suppressions == left


def _suppressions(text: str, rule: object) -> list[int]:
    from boxwright.findings.finding import Finding
    from boxwright.practices.suppression import Suppressions
    from boxwright.text.source import Span

    source = Source("compose.yaml", text)
    found = find_suppressions(source, Kind.COMPOSE, today=date(2026, 11, 21))
    suppressions = Suppressions("compose.yaml", source, found, rules=[BAD], known=["says-bad"])
    places = [at for at in range(len(text)) if text.startswith("bad", at) and text[at - 1] != "-"]
    findings = [
        Finding(
            rule="says-bad",
            severity=Severity.WARNING,
            message="",
            path="compose.yaml",
            span=Span(at, at + 3),
            start=source.position(at),
            end=source.position(at + 3),
        )
        for at in places
    ]
    return [finding.start.line for finding in suppressions.less(findings, ran=["says-bad"])]


def test_what_is_suppressed_is_counted() -> None:
    text = "FROM scratch\n# boxwright: ignore[says-bad] because\nRUN bad bad\n"
    result = check_source(
        Source("Dockerfile", text), today=date(2026, 11, 21), selection=selection(BAD)
    )

    assert (result.findings, result.suppressed) == ((), 2)


class TestUnused:
    def messages(self, text: str) -> list[tuple[int, str]]:
        result = check_source(
            Source("Dockerfile", text),
            today=date(2026, 11, 21),
            selection=selection(BAD, UGLY, ignore=["says-ugly"]),
        )
        return [
            (finding.start.column, finding.message)
            for finding in result.findings
            if finding.rule == "unused-suppression"
        ]

    @pytest.mark.parametrize(
        ("comment", "expected"),
        [
            (
                "# boxwright: ignore[says-bad] because",
                (1, "`says-bad` finds nothing here that the suppression could silence"),
            ),
            (
                "# boxwright: ignore[says-bat] because",
                (21, "the suppression names `says-bat`, which is no rule"),
            ),
            ("# boxwright: ignore because", (1, "the suppression names no rule")),
            ("# boxwright: ignore[]", (1, "the suppression names no rule")),
            ("# boxwright: disable=says-bad", (1, "`boxwright: disable` is not understood")),
            (
                "# boxwright: ignore[says-bad]\n",
                (1, "the suppression is not directly above an instruction"),
            ),
        ],
    )
    def test_what_silences_nothing_is_told(self, comment: str, expected: tuple[int, str]) -> None:
        assert self.messages(f"FROM scratch\n{comment}\nRUN good\n") == [expected]

    @pytest.mark.parametrize(
        "comment",
        [
            pytest.param("# boxwright: ignore[says-ugly] because", id="of a rule that is off"),
            pytest.param("# hadolint ignore=DL3042", id="for another tool"),
            pytest.param("# boxwright: ignore-file[says-bad] because", id="used elsewhere"),
            pytest.param("# boxwright: the root of it", id="none at all"),
        ],
    )
    def test_these_are_left_alone(self, comment: str) -> None:
        text = f"FROM bad\n{comment}\nRUN good\n"

        assert self.messages(text) == []

    def test_the_narrower_one_is_the_one_of_use(self) -> None:
        text = (
            "# boxwright: ignore-file[says-bad] because\n"
            "FROM scratch\n"
            "# boxwright: ignore[says-bad] because\n"
            "RUN bad\n"
        )

        assert self.messages(text) == [
            (1, "`says-bad` finds nothing here that the suppression could silence")
        ]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("FROM a\n# boxwright: ignore[says-bad] x\nRUN b\n", "FROM a\nRUN b\n"),
            (
                "FROM a\n# boxwright: ignore[says-bad, says-worse] x\nRUN bad\n",
                "FROM a\n# boxwright: ignore[says-bad] x\nRUN bad\n",
            ),
            (
                "FROM a\r\nRUN b && \\\r\n  # boxwright: ignore[says-bad] x\r\n  c\r\n",
                "FROM a\r\nRUN b && \\\r\n  c\r\n",
            ),
        ],
    )
    def test_the_fix_removes_it(self, before: str, after: str) -> None:
        file = File("Dockerfile", "Dockerfile", Kind.DOCKERFILE, before)
        worse = word_rule("worse")

        fixed = fix_file(
            Workspace(None, [file], today=date(2026, 11, 21)), "Dockerfile", selection(BAD, worse)
        )

        assert fixed.text == after


def test_a_file_without_any_costs_nothing_and_many_are_no_trouble() -> None:
    assert find_suppressions(Source("a", "x\n" * 9), Kind.COMPOSE, today=date(2026, 1, 1)) == ()

    nested = "".join(f"{' ' * at}# boxwright: ignore[r{at}]\n{' ' * at}a:\n" for at in range(500))
    stacked = "# hadolint ignore=DL3042\n" * 5000 + "a: 1\n"

    assert len(find_suppressions(Source("a", nested), Kind.COMPOSE, today=date(2026, 1, 1))) == 500
    assert (
        len(find_suppressions(Source("a", stacked), Kind.COMPOSE, today=date(2026, 1, 1))) == 5000
    )
