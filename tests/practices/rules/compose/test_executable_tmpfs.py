"""Tests of the rule `executable-tmpfs`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("executable-tmpfs", path="compose.yaml")


def text(tmpfs: str) -> str:
    return f"services:\n  a:\n    image: x:1\n    tmpfs: {tmpfs} # scratch\n"


@pytest.mark.parametrize(
    ("before", "after", "options"),
    [
        ("/t:exec,size=1m", "/t:size=1m", "`exec`"),
        ("['/t:mode=1777,suid,exec']", "['/t:mode=1777']", "`suid` and `exec`"),
        ("/t:noexec,exec", "/t:noexec", "`exec`"),
        ("/t:exec", "/t", "`exec`"),
    ],
)
def test_what_can_be_run_from_is_found_and_mended(before: str, after: str, options: str) -> None:
    assert JUDGE.messages(text(before)) == [
        f"programs can be run from `/t`, which is mounted with {options}"
    ]
    fixed = JUDGE.fixed(text(before))
    assert fixed.replace("'", "").replace('"', "") == text(after).replace("'", "")


@pytest.mark.parametrize("tmpfs", ["/t", "/exec", "/t:size=1m,noexec,nosuid", "/t:exec,noexec"])
def test_other_mounts_are_not(tmpfs: str) -> None:
    assert JUDGE.messages(text(tmpfs)) == []
