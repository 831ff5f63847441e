"""`yum`, `dnf`, `microdnf`, `tdnf` and `zypper`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.system_package import SystemPackage, named_packages
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class RpmCommand(NamedTuple):
    """What a package manager of the RPM family is told to do."""

    command: Command
    program: str
    action: str
    """`install`, `update` (the lists), `upgrade`, `remove`, `clean`; others as written."""
    subcommand: ShellWord
    arguments: Arguments
    packages: tuple[SystemPackage, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that a variable or a pattern makes."""
    yes: bool
    no_weak_dependencies: bool
    cleans_all: bool
    """For `clean`: whether the lists go too."""

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def rpm_command(command: Command) -> RpmCommand | None:
    """Return what *command* is to such a manager; None where it is something else."""
    program = "dnf" if command.program == "dnf5" else command.program
    if program not in {"yum", "dnf", "microdnf", "tdnf", "zypper"}:
        return None
    is_zypper = program == "zypper"
    arguments = parse_arguments(
        command.arguments, "prRtDC" if is_zypper else "cdexRx", _ZYPPER if is_zypper else _DNF
    )
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    written = subcommand.value
    if written in {"group", "module"} and operands and operands[0].value == "install":
        action, subcommand = "install", operands.pop(0)
    else:
        action = (_ZYPPER_ACTIONS if is_zypper else _DNF_ACTIONS).get(written, written)
    packages, unknown = named_packages(
        operands if action in {"install", "remove", "upgrade"} else (),
        _zypper_split if is_zypper else _dnf_split,
    )
    if is_zypper:
        yes = arguments.has("-y", "-n", "--non-interactive", "--no-confirm")
        no_weak = arguments.has("--no-recommends")
        cleans_all = arguments.has("-a", "--all")
    else:
        yes = arguments.has("-y", "--assumeyes", "--assume-yes")
        no_weak = _setting(arguments, "install_weak_deps") in {"0", "false", "no", "off"}
        cleans_all = any(word.value == "all" for word in operands)
    return RpmCommand(
        command=command,
        program=program,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        yes=yes,
        no_weak_dependencies=no_weak,
        cleans_all=action == "clean" and cleans_all,
    )


_DNF_ACTIONS = {
    "in": "install",
    "localinstall": "install",
    "groupinstall": "install",
    "reinstall": "install",
    "makecache": "update",
    "check-update": "update",
    "update": "upgrade",
    "up": "upgrade",
    "upgrade-minimal": "upgrade",
    "update-minimal": "upgrade",
    "distro-sync": "upgrade",
    "erase": "remove",
    "rm": "remove",
    "autoremove": "remove",
}
_ZYPPER_ACTIONS = {
    "in": "install",
    "ref": "update",
    "refresh": "update",
    "up": "upgrade",
    "update": "upgrade",
    "dup": "upgrade",
    "dist-upgrade": "upgrade",
    "patch": "upgrade",
    "rm": "remove",
    "cc": "clean",
}
_DNF = (
    "setopt", "enablerepo", "disablerepo", "repo", "repoid", "releasever", "installroot",
    "exclude", "excludepkgs", "config", "downloaddir", "destdir", "forcearch", "repofrompath",
    "disableexcludes", "color", "advisory", "comment", "arch",
)  # fmt: skip
_ZYPPER = (
    "repo", "from", "root", "installroot", "reposd-dir", "cache-dir", "type", "plus-repo",
    "download", "name",
)  # fmt: skip


def _setting(arguments: Arguments, name: str) -> str:
    """Return the value of `--setopt=name=value`, in lower case."""
    value = ""
    for option in arguments.options:
        if option.name == "--setopt" and option.value is not None:
            key, _, text = option.value.value.partition("=")
            if key.rpartition(".")[2] == name:
                value = text.lower()
    return value


def _zypper_split(text: str) -> tuple[str, str]:
    match = _zypper_package().match(text)
    return (match["name"], (match["version"] or "").removeprefix("=")) if match else ("", "")


def _dnf_split(text: str) -> tuple[str, str]:
    match = _dnf_package().match(text)
    if match:
        return match["name"], match["version"]
    return text, ""


@cache
def _zypper_package() -> re.Pattern[str]:
    return re.compile(r"(?P<name>[^=<>]+)(?P<version>[=<>].*)?$")


@cache
def _dnf_package() -> re.Pattern[str]:
    # The name of a package may end in a number (`cuda-toolkit-12-4`): a version has a dot.
    return re.compile(
        r"(?P<name>[A-Za-z0-9_.+-]+?)-(?P<version>(?:\d+:)?(?:\d+(?:\.[\w~^]+)+|\d[\w.]*\*|\$\S+)"
        r"(?:-\d[\w.~^]*)?\*?)$"
    )
