"""One view of the package managers of distributions."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.system_packages import installed_packages, system_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("apt install -y a b=1", ("apt", "apt", "install", ["a", "b"], True)),
        ("apk add a", ("apk", "apk", "install", ["a"], True)),
        ("microdnf install a", ("rpm", "microdnf", "install", ["a"], False)),
        ("zypper ref", ("rpm", "zypper", "update", [], False)),
    ],
)
def test_one_view_of_all(script: str, expected: tuple[str, str, str, list[str], bool]) -> None:
    system = system_command(command(script))

    assert system is not None
    names = [package.name for package in system.packages]
    assert (system.manager, system.program, system.action, names, system.yes) == expected


def test_other_commands_are_none() -> None:
    assert system_command(command("pip install a")) is None


def test_what_is_removed_again_is_not_installed() -> None:
    first, second, *rest = commands(
        "apt-get install -y gcc curl; apk add --virtual .b make; apk add git;"
        " apt-get purge gcc; apk del .b; echo"
    )

    assert installed_packages([first, second, *rest]) == {"curl": first, "git": rest[0]}
