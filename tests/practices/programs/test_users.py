"""Users, groups and passwords."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.users import (
    joined_groups,
    new_group,
    new_passwords,
    new_user,
)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("useradd app", ("app", None, None, False, False, True)),
        ("useradd -m -u 1000 -g app -s /bin/bash app", ("app", "1000", "app", True, False, True)),
        ("useradd -rlmu 99999 app", ("app", "99999", None, True, True, False)),
        ("useradd --uid=5000 --create-home --no-log-init app",
         ("app", "5000", None, True, False, False)),
        ("adduser --disabled-password --gecos '' --uid 1000 app",
         ("app", "1000", None, True, False, False)),
        ("adduser -D -H -u 1000 -G staff app", ("app", "1000", "staff", False, False, False)),
        ("adduser -S app", ("app", None, None, True, True, False)),
        ("adduser --system --no-create-home --ingroup web app",
         ("app", None, "web", False, True, False)),
    ],
)  # fmt: skip
def test_new_user(
    script: str, expected: tuple[str, str | None, str | None, bool, bool, bool]
) -> None:
    found = new_user(command(script))

    assert found is not None
    assert (
        found.name.value,
        found.uid.value if found.uid else None,
        found.group.value if found.group else None,
        found.makes_home,
        found.is_system,
        found.logs,
    ) == expected


@pytest.mark.parametrize("script", ["useradd", "adduser app sudo", "userdel app"])
def test_no_new_user(script: str) -> None:
    assert new_user(command(script)) is None


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("groupadd -g 1000 app", ("app", "1000", False)),
        ("groupadd -r app", ("app", None, True)),
        ("addgroup -S app", ("app", None, True)),
        ("addgroup --gid 1000 app", ("app", "1000", False)),
    ],
)
def test_new_group(script: str, expected: tuple[str, str | None, bool]) -> None:
    found = new_group(command(script))

    assert found is not None
    assert (found.name.value, found.gid.value if found.gid else None, found.is_system) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("usermod -aG video,render app", ("app", ("video", "render"))),
        ("adduser app sudo", ("app", ("sudo",))),
        ("gpasswd -a app docker", ("app", ("docker",))),
        ("usermod -s /bin/sh app", None),
    ],
)
def test_joined_groups(script: str, expected: object) -> None:
    assert joined_groups(command(script)) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'root:swordfish' | chpasswd", [("root", True)]),
        ('echo "root:$PASSWORD" | chpasswd', [("root", False)]),
        ("chpasswd <<EOF\nroot:swordfish\nEOF", [("root", True)]),
        ("chpasswd <<< root:swordfish", [("root", True)]),
        ("useradd -p '' app", [("app", False)]),
        ("usermod -p swordfish app", [("app", True)]),
        ("passwd -d root", [("root", True)]),
        ("echo swordfish | passwd --stdin app", [("app", True)]),
        ("passwd -l root", []),
    ],
)
def test_new_passwords(script: str, expected: list[tuple[str, bool]]) -> None:
    found = list(new_passwords(commands(script)))

    assert [(item.user, item.is_known) for item in found] == expected
