"""Tests of the rule `from-as-casing`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("from-as-casing")


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("FROM a as b\r\n", "FROM a AS b\r\n"),
        ("from a As b\n", "from a as b\n"),
        ("FROM --platform=$BUILDPLATFORM a \\\n  as as\n", None),
    ],
)
def test_as_is_written_like_from(text: str, fixed: str | None) -> None:
    assert JUDGE.fixed(text) == (fixed or text.replace("as as", "AS as"))


def test_the_message_names_both() -> None:
    assert JUDGE.messages("FROM a as b") == ["`as` is in another case than `FROM`"]


@pytest.mark.parametrize("text", ["FROM a AS b", "from a as b", "FROM a", "From a as b", "RUN as"])
def test_the_same_case_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
