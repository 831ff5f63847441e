"""Actions that others can change."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-action", path=".github/workflows/ci.yml")


def using(action: str) -> str:
    return f"on: push\njobs:\n  a:\n    steps:\n    - uses: {action}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (using("Docker/login-action@v3"),
         "`docker/login-action` is used as `v3`, which can be moved"),
        (using("docker/login-action"), "`docker/login-action` is used without a version"),
        ("on: push\njobs:\n  a:\n    uses: acme/ci/.github/workflows/x.yml@main\n",
         "`acme/ci/.github/workflows/x.yml` is used as `main`, which can be moved"),
    ],
)  # fmt: skip
def test_actions_that_move_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "action", ["docker/login-action@" + "ab" * 20, "actions/checkout@v5", "./.github/actions/a"]
)
def test_others_are_not(action: str) -> None:
    assert JUDGE.messages(using(action)) == []


def test_settings_say_whom_to_trust() -> None:
    judge = Judge(JUDGE.name, path=JUDGE.path, settings='trusted = ["docker"]')

    assert judge.messages(using("docker/login-action@v3")) == []
    assert judge.places(using("actions/checkout@v5")) == ["actions/checkout@v5"]
