from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose

judge = Judge("unlimited-processes", path="compose.yaml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "pids_limit: 512\n"),
        ("pids_limit: -1\n", "pids_limit: 512\n"),
        ("command: python train.py\n", "command: python train.py\npids_limit: 4096\n"),
    ],
)
def test_the_fix_sets_a_limit(before: str, after: str) -> None:
    assert judge.messages(compose(before)) == ["nothing limits the number of processes in `api`"]
    assert judge.fixed(compose(before)) == compose(after)


@pytest.mark.parametrize(
    "lines",
    ["pids_limit: 100\n", "pids_limit: ${N}\n", "deploy: {resources: {limits: {pids: 50}}}\n"],
)
def test_limits_are_seen(lines: str) -> None:
    assert judge.messages(compose(lines)) == []
