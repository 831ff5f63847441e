"""One view of the package managers of distributions: apt, apk and those of the RPM family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from boxwright.practices.programs.apk import apk_command
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.programs.arguments import Arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.rpm import rpm_command
from boxwright.practices.programs.system_package import SystemPackage
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class SystemCommand(NamedTuple):
    """What a distribution's package manager is told to do."""

    command: Command
    manager: str
    """`apt`, `apk` or `rpm`: the family."""
    program: str
    """`apt-get`, `dnf`, …"""
    action: str
    """`install`, `update` (the lists), `upgrade`, `remove`, `clean`; others as written."""
    subcommand: ShellWord
    arguments: Arguments
    packages: tuple[SystemPackage, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that a variable or a pattern makes."""
    yes: bool
    """Whether it goes on without a question; apk never asks."""

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def system_command(command: Command) -> SystemCommand | None:
    """Return what *command* is to such a manager; None where it is something else."""
    apt = apt_command(command)
    if apt:
        return SystemCommand(
            command,
            "apt",
            apt.program,
            apt.action,
            apt.subcommand,
            apt.arguments,
            apt.packages,
            apt.unknown,
            apt.yes,
        )
    apk = apk_command(command)
    if apk:
        return SystemCommand(
            command,
            "apk",
            "apk",
            apk.action,
            apk.subcommand,
            apk.arguments,
            apk.packages,
            apk.unknown,
            yes=True,
        )
    rpm = rpm_command(command)
    if rpm:
        return SystemCommand(
            command,
            "rpm",
            rpm.program,
            rpm.action,
            rpm.subcommand,
            rpm.arguments,
            rpm.packages,
            rpm.unknown,
            rpm.yes,
        )
    return None


def installed_packages(commands: Iterable[Command]) -> Mapping[str, Command]:
    """Return what *commands* leave installed by name, with the command that installs it."""
    installed: dict[str, Command] = {}
    virtual: dict[str, list[str]] = {}
    for command in commands:
        system = system_command(command)
        if system is None:
            continue
        names = [package.name for package in system.packages if not package.is_file]
        if system.action == "install":
            for name in names:
                installed.setdefault(name, command)
            group = system.arguments.text("-t", "--virtual")
            if system.manager == "apk" and group:
                virtual.setdefault(group, []).extend(names)
        elif system.action == "remove":
            for name in names:
                for gone in (name, *virtual.pop(name, ())):
                    installed.pop(gone, None)
    return installed
