"""`npm`, `yarn`, `pnpm` and `bun`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class NodePackage(NamedTuple):
    """A package that is asked for."""

    name: str
    """With its scope: `@types/node`; a path or URL as it is written."""
    version: str
    """A version, range or tag; "" where there is none."""
    word: ShellWord
    is_place: bool = False
    """Whether it is a path, a URL or a repository."""


class NodeCommand(NamedTuple):
    """What a package manager of Node.js is told to do."""

    command: Command
    program: str
    """`npm`, `yarn`, `pnpm` or `bun`."""
    action: str
    """`install` (with packages or without), `ci`, `cache clean`, `run`; others as written."""
    subcommand: ShellWord
    """Its last word; the program where `yarn` stands alone."""
    arguments: Arguments
    packages: tuple[NodePackage, ...]
    unknown: tuple[ShellWord, ...]
    global_: bool
    frozen: bool
    """Whether the lock file has to fit."""
    production: bool
    """Whether dependencies for development stay out."""

    @property
    def installs(self) -> bool:
        """Whether it puts packages somewhere."""
        return self.action in {"install", "ci"}

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def node_command(command: Command) -> NodeCommand | None:
    """Return what *command* is to one of these tools; None where it is something else."""
    program = command.program
    if program not in {"npm", "yarn", "pnpm", "bun"}:
        return None
    arguments = parse_arguments(command.arguments, "wCF", _VALUED)
    operands = list(arguments.operands)
    is_global = arguments.has("-g", "--global")
    if operands:
        subcommand = operands.pop(0)
    elif program == "yarn":
        subcommand = command.words[0]
    else:
        return None
    action = "install" if subcommand is command.words[0] else subcommand.value
    if program == "yarn" and action == "global" and operands:
        is_global = True
        subcommand = operands.pop(0)
        action = subcommand.value
    action = _ACTIONS.get(action, action)
    if action in {"cache", "store"} and operands:
        subcommand = operands.pop(0)
        action = "cache clean" if subcommand.value in _CLEANS else f"{action} {subcommand.value}"
    packages = []
    unknown = []
    for word in operands if action in {"install", "remove", "exec"} else ():
        package = _package(word)
        if package is None:
            unknown.append(word)
        else:
            packages.append(package)
    return NodeCommand(
        command=command,
        program=program,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=tuple(packages),
        unknown=tuple(unknown),
        global_=is_global,
        frozen=action == "ci" or arguments.has("--frozen-lockfile", "--immutable"),
        production=arguments.has("--production", "--prod", "-P")
        or any(word.value == "dev" for word in arguments.values("--omit"))
        or arguments.text("--only") in {"prod", "production"},
    )


_ACTIONS = {
    "i": "install",
    "add": "install",
    "in": "install",
    "ins": "install",
    "isntall": "install",
    "clean-install": "ci",
    "install-clean": "ci",
    "uninstall": "remove",
    "rm": "remove",
    "un": "remove",
    "run-script": "run",
    "x": "exec",
    "dlx": "exec",
}
_CLEANS = frozenset({"clean", "clear", "rm", "prune"})
_VALUED = (
    "registry", "prefix", "cache", "omit", "include", "only", "workspace", "loglevel",
    "fetch-timeout", "fetch-retries", "network-timeout", "network-concurrency", "cache-folder",
    "modules-folder", "cwd", "filter", "dir", "store-dir", "tag", "userconfig", "backend",
)  # fmt: skip


def _package(word: ShellWord) -> NodePackage | None:
    text = word.value
    if text.startswith((".", "/", "~", "git@", "github:")) or "://" in text:
        return NodePackage(text, "", word, is_place=True)
    at = text.find("@", 1)
    name, version = (text[:at], text[at + 1 :]) if at > 0 else (text, "")
    if not name or any(character in name for character in "$`*("):
        return None
    if "/" in name and not name.startswith("@"):
        return NodePackage(text, "", word, is_place=True)
    return NodePackage(name, version, word)
