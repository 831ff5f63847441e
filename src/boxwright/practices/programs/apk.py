"""`apk`, the package manager of Alpine."""

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


class ApkCommand(NamedTuple):
    """What apk is told to do."""

    command: Command
    action: str
    """`install` for `add`, `remove` for `del`, `clean` for `cache clean`; others as written."""
    subcommand: ShellWord
    arguments: Arguments
    packages: tuple[SystemPackage, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that a variable or a pattern makes."""
    no_cache: bool
    updates: bool
    """Whether it fetches the index first."""
    virtual: ShellWord | None
    """The name under which all that is added can be removed again."""

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def apk_command(command: Command) -> ApkCommand | None:
    """Return what *command* is to apk; None where it is something else."""
    if command.program != "apk":
        return None
    arguments = parse_arguments(command.arguments, "ptX", _VALUED)
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    action = {"add": "install", "del": "remove"}.get(subcommand.value, subcommand.value)
    if action == "cache" and operands and operands[0].value in {"clean", "purge"}:
        action = "clean"
        subcommand = operands.pop(0)
    packages, unknown = named_packages(
        operands if action in {"install", "remove", "fetch"} else (), _split
    )
    return ApkCommand(
        command=command,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        no_cache=arguments.has("--no-cache"),
        updates=arguments.has("--no-cache", "-U", "--update-cache", "--update")
        or action == "update",
        virtual=arguments.value("-t", "--virtual"),
    )


_VALUED = (
    "root", "repository", "virtual", "arch", "cache-dir", "cache-max-age", "keys-dir",
    "progress-fd", "repositories-file", "wait", "timeout",
)  # fmt: skip


def _split(text: str) -> tuple[str, str]:
    match = _package().match(text)
    if match is None:
        return "", ""
    version = match["version"] or ""
    # `curl@edge` takes it from the repository of that tag.
    return match["name"], version.removeprefix("=") or match["tag"] or ""


@cache
def _package() -> re.Pattern[str]:
    return re.compile(r"!?(?P<name>[^=<>~@]+)(?:@(?P<tag>[^=<>~]+))?(?P<version>[=<>~].*)?$")
