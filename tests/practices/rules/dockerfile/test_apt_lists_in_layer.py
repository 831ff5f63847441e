"""Tests of the rule `apt-lists-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("apt-lists-in-layer")


CLEAN = "rm -rf /var/lib/apt/lists/*"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RUN apt-get update && apt-get install -y a",
            f"RUN apt-get update && apt-get install -y a && {CLEAN}",
        ),
        (
            "RUN apt-get update \\\n && apt-get install -y \\\n    a",
            f"RUN apt-get update \\\n && apt-get install -y \\\n    a \\\n    && {CLEAN}",
        ),
        (
            "RUN <<EOF\napt-get update\napt-get install -y a\nEOF",
            f"RUN <<EOF\napt-get update\napt-get install -y a\n{CLEAN}\nEOF",
        ),
    ],
)
def test_they_are_removed_in_the_same_layer(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\n{before}\nCMD x\n") == f"FROM debian\n{after}\nCMD x\n"


@pytest.mark.parametrize(
    "text",
    [
        f"RUN apt-get update && apt-get install a && {CLEAN}",
        "RUN apt-get update && apt-get install a && rm -rf /var/lib/apt/lists",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install a",
        "RUN apt-get install a",
        "RUN apt-get update\nFROM debian\nCOPY a b",
    ],
)
def test_what_does_not_stay_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []


def test_a_later_layer_frees_nothing() -> None:
    assert JUDGE.places(f"FROM debian\nRUN apt-get update\nRUN {CLEAN}\n") == ["apt-get update"]


def test_lists_that_a_later_run_installs_from_are_not_removed() -> None:
    text = "FROM debian\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n"

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]
    assert JUDGE.messages("FROM debian\nRUN apt-get update\nRUN apt-get install -y a\n") == []
    assert len(JUDGE.messages("FROM a\nRUN apt-get update\nRUN apt-get update && b\n")) == 2
