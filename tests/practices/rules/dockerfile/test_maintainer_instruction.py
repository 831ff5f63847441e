"""Tests of the rule `maintainer-instruction`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("maintainer-instruction")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("MAINTAINER Ada <ada@example.com>", "Ada <ada@example.com>"),
        ('MAINTAINER "Ada"', "Ada"),
        ("maintainer 'Ada L'", "Ada L"),
    ],
)
def test_it_becomes_a_label(before: str, after: str) -> None:
    wanted = f'FROM debian\nLABEL org.opencontainers.image.authors="{after}"\n'

    assert JUDGE.fixed(f"FROM debian\n{before}\n") == wanted


@pytest.mark.parametrize("text", ["FROM debian\nLABEL maintainer=Ada", "# MAINTAINER Ada"])
def test_a_label_is_not_found(text: str) -> None:
    assert JUDGE.messages(text) == []
