"""`conda`, `mamba` and `micromamba`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class CondaPackage(NamedTuple):
    """A package that is asked for."""

    name: str
    version: str
    """As it is written, without the `=` of a plain one: `3.11`, `>=1.2,<2`, `2.1.*`."""
    build: str
    channel: str
    """What stands before `::`."""
    word: ShellWord


class CondaCommand(NamedTuple):
    """What conda is told to do."""

    command: Command
    program: str
    """`conda`, `mamba` or `micromamba`."""
    action: str
    """`install`, `create`, `update`, `clean`, `env create`, `config`, …"""
    subcommand: ShellWord
    """Its last word."""
    arguments: Arguments
    packages: tuple[CondaPackage, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that only the build can tell."""
    channels: tuple[ShellWord, ...]
    override_channels: bool
    files: tuple[ShellWord, ...]
    """Environment files, or lists of packages."""
    name: str
    """The environment's, or its prefix; "" where neither is given."""
    yes: bool
    cleans: frozenset[str]
    """For `clean`: `tarballs`, `packages`, `index`; all three with `--all`."""

    @property
    def installs(self) -> bool:
        """Whether it puts packages into an environment."""
        return self.action in _INSTALLS

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def conda_command(command: Command) -> CondaCommand | None:
    """Return what *command* is to conda; None where it is something else."""
    if command.program not in {"conda", "mamba", "micromamba"}:
        return None
    # The letters of `clean` are flags.
    is_clean = any(word.value == "clean" for word in command.arguments[:3])
    letters = "" if is_clean else "cnpfr"
    arguments = parse_arguments(command.arguments, letters, _VALUED)
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    action = subcommand.value
    if action in {"env", "self"} and operands:
        subcommand = operands.pop(0)
        action = f"{action} {subcommand.value}"
    action = {"remove": "remove", "uninstall": "remove", "upgrade": "update"}.get(action, action)
    packages = []
    unknown = []
    if action in {"install", "create", "update", "remove"}:
        for word in operands:
            package = _package(word)
            if package is None:
                unknown.append(word)
            else:
                packages.append(package)
    return CondaCommand(
        command=command,
        program=command.program,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=tuple(packages),
        unknown=tuple(unknown),
        channels=arguments.values("-c", "--channel"),
        override_channels=arguments.has("--override-channels"),
        files=arguments.values("-f", "--file"),
        name=arguments.text("-n", "--name") or arguments.text("-p", "--prefix"),
        yes=arguments.has("-y", "--yes") or (action == "clean" and arguments.has("-y")),
        cleans=_cleaned(arguments) if action == "clean" else frozenset(),
    )


_INSTALLS = frozenset({"install", "create", "update", "env create", "env update"})
_VALUED = (
    "channel", "name", "prefix", "file", "root-prefix", "platform", "subdir", "solver",
    "experimental-solver", "clone", "repodata-fn", "rc-file", "category", "add", "append",
    "prepend", "set", "get", "log-level", "cwd", "shell",
)  # fmt: skip


def _cleaned(arguments: Arguments) -> frozenset[str]:
    kinds = {
        "tarballs": ("-t", "--tarballs", "-f", "--force-pkgs-dirs"),
        "packages": ("-p", "--packages", "-f", "--force-pkgs-dirs"),
        "index": ("-i", "--index-cache"),
    }
    if arguments.has("-a", "--all"):
        return frozenset(kinds)
    return frozenset(kind for kind, options in kinds.items() if arguments.has(*options))


def _package(word: ShellWord) -> CondaPackage | None:
    channel, colons, rest = word.value.strip().rpartition("::")
    match = _spec().fullmatch(rest)
    if match is None or any(character in match["name"] for character in "$`*"):
        return None
    version = "".join((match["version"] or "").split())
    build = match["build"] or ""
    if version[:1] == "=":
        version = version.lstrip("=")
    return CondaPackage(match["name"].lower(), version, build, channel if colons else "", word)


@cache
def _spec() -> re.Pattern[str]:
    # `name`, `name=1.2`, `name=1.2=py311_0`, `name==1.2`, `name>=1,<2`, `name 1.2.*`, `name[…]`
    return re.compile(
        r"(?P<name>[^\s=<>!~\[]+)\s*"
        r"(?P<version>=?=?[^=<>!~\s\[][^=\s\[]*|[=<>!~]=?[^\[]*|=)?(?:=(?P<build>[^=\s\[]+))?"
        r"(?:\[.*\])?"
    )
