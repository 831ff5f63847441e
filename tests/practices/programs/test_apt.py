"""What commands are to apt."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.apt import apt_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("apt-get update", {"program": "apt-get", "action": "update"}),
        ("apt-get -qq update", {"program": "apt-get", "action": "update", "yes": True}),
        (
            "apt-get install -qy --no-install-recommends curl=7.* git:amd64 x/backports $P ./a.deb",
            {
                "program": "apt-get",
                "action": "install",
                "packages": [
                    {"name": "curl", "version": "7.*"},
                    {"name": "git"},
                    {"name": "x", "version": "backports"},
                    {"name": "./a.deb", "is_file": True},
                ],
                "unknown": ["$P"],
                "yes": True,
                "no_recommends": True,
            },
        ),
        (
            "apt -o APT::Install-Recommends=false -o a=b -t stable install g++ x- y=$V",
            {
                "program": "apt",
                "action": "install",
                "packages": [{"name": "g++"}, {"name": "y", "version": "$V"}],
                "no_recommends": True,
            },
        ),
        ("apt-get dist-upgrade -q=2", {"program": "apt-get", "action": "upgrade", "yes": True}),
        (
            "sudo apt-get purge --assume-yes gcc",
            {
                "program": "apt-get",
                "action": "remove",
                "packages": [{"name": "gcc"}],
                "yes": True,
            },
        ),
        ("aptitude clean", {"program": "aptitude", "action": "clean"}),
        (
            "apt-get -o APT::Get::Assume-Yes=true update",
            {"program": "apt-get", "action": "update", "yes": True},
        ),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(apt_command(command(script))) == expected


@pytest.mark.parametrize("script", ["apt-key add x", "apt-get", "dpkg -i x", "echo apt-get update"])
def test_other_commands_are_none(script: str) -> None:
    assert apt_command(command(script)) is None


def test_options_go_behind_the_subcommand() -> None:
    apt = apt_command(command("apt-get -q install curl"))

    assert apt is not None
    assert apt.insert_at == len("apt-get -q install")
