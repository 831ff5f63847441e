"""Tests of the rule `apt-update-alone`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("apt-update-alone")


def test_the_next_run_is_joined() -> None:
    text = "FROM debian\nRUN apt-get update\nRUN apt-get install -y \\\n    x\n"

    assert JUDGE.places(text) == ["apt-get update"]
    assert JUDGE.fixed(text) == (
        "FROM debian\nRUN apt-get update \\\n    && apt-get install -y \\\n    x"
        " \\\n    && rm -rf /var/lib/apt/lists/*\n"
    )


def test_lists_that_are_removed_already_are_not_removed_twice() -> None:
    text = "FROM debian\nRUN apt-get update\nRUN apt-get install x && rm -rf /var/lib/apt/lists/*\n"

    assert JUDGE.fixed(text) == text.replace("\nRUN apt-get install", " \\\n    && apt-get install")


@pytest.mark.parametrize(
    "text",
    [
        "RUN apt-get update && apt-get install -y x",
        "RUN apt-get install -y x",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get update",
    ],
)
def test_together_they_are_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "RUN apt-get update; true\nRUN apt-get install x",
        "RUN apt-get update\n# why\nRUN apt-get install x",
        "RUN apt-get update\nCOPY a b\nRUN apt-get install x",
        "RUN apt-get update\nRUN --network=none apt-get install x",
    ],
)
def test_what_cannot_be_joined_is_left(text: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\n{text}\n")) == 1
    assert JUDGE.fixed(f"FROM debian\n{text}\n") == f"FROM debian\n{text}\n"


def test_lists_that_several_live_off_are_left() -> None:
    text = "FROM debian\nRUN apt-get update\nRUN apt-get install -y a\nRUN apt-get install -y b\n"

    assert JUDGE.messages(text) != []
    assert JUDGE.fixed(text) == text
