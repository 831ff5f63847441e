"""Tests of the rule `invalid-onbuild`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-onbuild")


@pytest.mark.parametrize("inner", ["ONBUILD RUN a", "FROM debian", "MAINTAINER Ada", "from x"])
def test_what_may_not_be_triggered_is_found(inner: str) -> None:
    assert JUDGE.places(f"FROM debian\nONBUILD {inner}") == [inner.split()[0]]


@pytest.mark.parametrize("inner", ["RUN a", "COPY a b", "RUN echo FROM"])
def test_what_may_be_is_not(inner: str) -> None:
    assert JUDGE.messages(f"FROM debian\nONBUILD {inner}") == []
