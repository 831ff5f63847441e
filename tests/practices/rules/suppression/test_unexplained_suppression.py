from __future__ import annotations

import pytest
from tests.practices.small_rules import TODAY, selection, word_rule

from boxwright.practices.check import check_source
from boxwright.text.source import Source


@pytest.mark.parametrize(
    ("comment", "is_found"),
    [
        ("# boxwright: ignore[says-bad]", True),
        ("# boxwright: ignore[says-bad] because", True),
        ("# boxwright: ignore[says-bad] because it is not", False),
        ("# boxwright: ignore[says-bad]: it is not", False),
        ("# boxwright: ignore[says-bad] -- it is not", False),
        ("# hadolint ignore=DL3042", False),
    ],
)
def test_a_suppression_has_a_reason(comment: str, is_found: bool) -> None:
    result = check_source(
        Source("Dockerfile", f"FROM scratch\n{comment}\nRUN bad\n"),
        today=TODAY,
        selection=selection(word_rule("bad"), extend_select=["unexplained-suppression"]),
    )

    rules = [finding.rule for finding in result.findings if finding.rule != "says-bad"]
    assert rules == ["unexplained-suppression"] * is_found


def test_it_is_off_by_itself() -> None:
    text = "FROM scratch\n# boxwright: ignore[says-bad]\nRUN bad\n"

    result = check_source(
        Source("Dockerfile", text), today=TODAY, selection=selection(word_rule("bad"))
    )

    assert result.findings == ()
