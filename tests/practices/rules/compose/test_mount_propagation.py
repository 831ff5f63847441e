"""Tests of the rule `mount-propagation`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("mount-propagation", path="compose.yaml")


def text(volume: str) -> str:
    return f"services:\n  a:\n    image: x:1\n    volumes:\n      - {volume} # all\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/mnt:/shared:rshared", "/mnt:/shared:rslave"),
        ('"/mnt:/shared:ro,shared"', '"/mnt:/shared:ro,slave"'),
        (
            "{type: bind, source: /mnt, target: /shared, bind: {propagation: shared}}",
            "{type: bind, source: /mnt, target: /shared, bind: {propagation: slave}}",
        ),
    ],
)
def test_shared_mounts_are_found_and_made_slaves(before: str, after: str) -> None:
    assert JUDGE.messages(text(before)) == ["what `a` mounts below `/shared` appears on the host"]
    assert JUDGE.fixed(text(before)) == text(after)


@pytest.mark.parametrize(
    "volume", ["/mnt:/shared", "/shared:/b:rslave", "/a:/b:ro,z", "./shared:/b"]
)
def test_other_mounts_are_not(volume: str) -> None:
    assert JUDGE.messages(text(volume)) == []
