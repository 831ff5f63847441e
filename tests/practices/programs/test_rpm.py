"""What commands are to the package managers of the RPM family."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.rpm import rpm_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "dnf install -y --setopt=install_weak_deps=False gcc-12.2.1-1.el9 httpd-2.4.6 $P",
            {
                "program": "dnf",
                "action": "install",
                "packages": [
                    {"name": "gcc", "version": "12.2.1-1.el9"},
                    {"name": "httpd", "version": "2.4.6"},
                ],
                "unknown": ["$P"],
                "yes": True,
                "no_weak_dependencies": True,
            },
        ),
        pytest.param(
            "yum install cuda-toolkit-12-4 java-1.8.0-openjdk gcc-toolset-12 python3-3.9* x-$V",
            {
                "program": "yum",
                "action": "install",
                "packages": [
                    {"name": "cuda-toolkit-12-4"},
                    {"name": "java-1.8.0-openjdk"},
                    {"name": "gcc-toolset-12"},
                    {"name": "python3", "version": "3.9*"},
                    {"name": "x", "version": "$V"},
                ],
            },
            id="numbers that belong to the name",
        ),
        ("yum -y update", {"program": "yum", "action": "upgrade", "yes": True}),
        ("dnf makecache", {"program": "dnf", "action": "update"}),
        ("dnf5 clean all", {"program": "dnf", "action": "clean", "cleans_all": True}),
        ("microdnf clean packages", {"program": "microdnf", "action": "clean"}),
        (
            "dnf -y group install 'Development Tools' http://host.test/a.rpm",
            {
                "program": "dnf",
                "action": "install",
                "packages": [
                    {"name": "Development Tools"},
                    {"name": "http://host.test/a.rpm", "is_file": True},
                ],
                "yes": True,
            },
        ),
        (
            "zypper -n in --no-recommends 'a=1.2' 'b>=3'",
            {
                "program": "zypper",
                "action": "install",
                "packages": [{"name": "a", "version": "1.2"}, {"name": "b", "version": ">=3"}],
                "yes": True,
                "no_weak_dependencies": True,
            },
        ),
        ("zypper clean --all", {"program": "zypper", "action": "clean", "cleans_all": True}),
        ("zypper refresh", {"program": "zypper", "action": "update"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(rpm_command(command(script))) == expected


def test_options_go_behind_the_last_word_of_the_subcommand() -> None:
    rpm = rpm_command(command("dnf group install x"))

    assert rpm is not None
    assert rpm.insert_at == len("dnf group install")


def test_other_commands_are_none() -> None:
    assert (rpm_command(command("dnf")), rpm_command(command("rpm -i x"))) == (None, None)
