"""Tests of the rule `consecutive-runs`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("consecutive-runs")
STRICT = Judge("consecutive-runs", settings="strict = true")


def test_one_finding_for_all_that_follow_each_other() -> None:
    text = "FROM a\nRUN a\nRUN b\nRUN c\n"

    assert JUDGE.messages(text) == ["the 3 `RUN` from line 2 to 4 are layers of one command each"]
    assert [finding.start for finding in JUDGE.findings(text)] == [(3, 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN a\nRUN b\n", "RUN a \\\n    && b\n"),
        ("RUN a\r\n\r\n# why\r\nRUN b\r\n", "RUN a \\\r\n# why\r\n    && b\r\n"),
        ("RUN a \\\n  x\nRUN b\nRUN \\\n  c", "RUN a \\\n  x \\\n    && b \\\n    && c"),
        (
            '# escape=`\nFROM a\nSHELL ["bash", "-c"]\nRUN a\nRUN b',
            '# escape=`\nFROM a\nSHELL ["bash", "-c"]\nRUN a `\n    && b',
        ),
        ("RUN --network=none a\nRUN --network=none b", "RUN --network=none a \\\n    && b"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.fixed(before, unsafe=False) == after


@pytest.mark.parametrize(
    "text",
    ["RUN cd /a\nRUN b", "RUN a &\nRUN b", 'RUN ["a"]\nRUN b', "RUN a;\nRUN b", "RUN a > b\nRUN c"],
)
def test_what_cannot_be_joined_for_certain_gets_no_fix(text: str) -> None:
    assert [each.fix for each in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "RUN a && b\nRUN c",
        "RUN a | b\nRUN c",
        "RUN <<EOF\na\nEOF\nRUN c",
        "RUN a\nENV b=c\nRUN d",
        "RUN a\nUSER b\nRUN c",
        "RUN --mount=type=tmpfs,target=/a a\nRUN b",
        "ONBUILD RUN a\nONBUILD RUN b",
        "FROM a\nRUN a\nFROM b\nRUN b",
    ],
)
def test_what_is_fine_even_if_strict(text: str) -> None:
    assert JUDGE.messages(text) == []
    assert STRICT.messages(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "RUN pip install a\nRUN pip install b",
        "RUN curl -O https://example.com/a\nRUN b",
        "FROM a AS a\nRUN a\nRUN b\nFROM b\nCOPY --from=a /a /a",
    ],
)
def test_what_only_strict_reports(text: str) -> None:
    assert JUDGE.messages(text) == []
    assert len(STRICT.messages(text)) == 1
