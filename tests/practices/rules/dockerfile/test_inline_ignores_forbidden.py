"""Tests of the rule `inline-ignores-forbidden`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("inline-ignores-forbidden")


@pytest.mark.parametrize("comment", ["hadolint ignore=DL3006", "boxwright: ignore[root-user]"])
def test_a_comment_that_silences_is_found(comment: str) -> None:
    assert len(JUDGE.messages(f"# {comment}\nFROM debian\n")) == 1


def test_other_comments_are_not() -> None:
    assert JUDGE.messages("# hadolint is fine\nFROM debian\n") == []
