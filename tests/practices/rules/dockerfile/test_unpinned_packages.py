"""Tests of the rule `unpinned-packages`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-packages")


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("npm install -g express@4.19.0 lodash", ["lodash"]),
        ("npm install @angular/cli", ["@angular/cli"]),
        ("npm ci", []),
        ("npm install ./local", []),
        ("gem install bundler -v 2.5.0", []),
        ("gem install bundler rake:13.0", ["bundler"]),
        ("go install example.org/tool@latest", ["example.org/tool@latest"]),
        ("go install example.org/tool@v1.2.3", []),
        ("go install ./...", []),
    ],
)
def test_packages_without_a_version_are_found(command: str, names: list[str]) -> None:
    assert JUDGE.places(f"FROM debian\nRUN {command}\n") == names


def test_a_command_is_reported_once() -> None:
    assert JUDGE.messages("FROM debian\nRUN npm install -g a b@1.2.3 c\n") == [
        "`a` and `c` are installed in whatever version is newest"
    ]
