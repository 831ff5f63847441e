"""Commands that write, move, remove and hand over files, and the paths that they name."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Removal(NamedTuple):
    """`rm` and its like; `mv` removes what it moves."""

    paths: tuple[ShellWord, ...]
    is_recursive: bool
    command: Command


class Permissions(NamedTuple):
    """`chown`, `chgrp` or `chmod`."""

    program: str
    setting: ShellWord
    """The owner, group or mode."""
    paths: tuple[ShellWord, ...]
    is_recursive: bool
    command: Command

    @property
    def is_world_writable(self) -> bool:
        """Whether it is a mode that lets everybody write, and remove what others wrote."""
        if self.program != "chmod":
            return False
        mode = self.setting.value
        if mode.isdecimal():
            is_sticky = len(mode) == 4 and mode[0] in "1357"
            return mode[-1] in "2367" and not is_sticky
        return any(_lets_others_write(clause) for clause in mode.split(","))


class Link(NamedTuple):
    """`ln`: *name* leads to *target*."""

    target: ShellWord
    name: ShellWord | None
    """None where it is the last part of the target, in the working directory."""
    is_symbolic: bool
    is_forced: bool
    command: Command


@remembered
def removal(command: Command) -> Removal | None:
    """Return what *command* removes."""
    arguments = parse_arguments(command.arguments, *_VALUES.get(command.program, ("", ())))
    match command.program:
        case "rm":
            recursive = arguments.has("-r", "-R", "--recursive")
            return Removal(arguments.operands, recursive, command)
        case "rmdir" | "unlink":
            return Removal(arguments.operands, is_recursive=False, command=command)
        case "shred" if arguments.has("-u", "--remove"):
            return Removal(arguments.operands, is_recursive=False, command=command)
        case "mv":
            return Removal(_sources(arguments), is_recursive=True, command=command)
        case _:
            return None


@remembered
def permissions(command: Command) -> Permissions | None:
    """Return whose *command* makes which paths, or what may be done with them."""
    program = command.program
    if program not in {"chown", "chgrp", "chmod"}:
        return None
    arguments = parse_arguments(command.arguments, names=("from",))
    recursive = arguments.has("-R", "--recursive")
    operands = arguments.operands
    if program == "chmod":
        # `chmod -w file`: what looks like an option is the mode.
        modes = [option.word for option in arguments.options if option.name[1:] in set("rwxXst")]
        if modes:
            return Permissions(program, modes[0], operands, recursive, command)
    if len(operands) < 2 or arguments.has("--reference"):
        return None
    return Permissions(program, operands[0], operands[1:], recursive, command)


def link(command: Command) -> Link | None:
    """Return the link that *command* makes."""
    if command.program != "ln":
        return None
    arguments = parse_arguments(command.arguments, "tS", ("target-directory", "suffix"))
    if not arguments.operands:
        return None
    target, *names = arguments.operands
    return Link(
        target=target,
        name=names[-1] if names else None,
        is_symbolic=arguments.has("-s", "--symbolic"),
        is_forced=arguments.has("-f", "--force"),
        command=command,
    )


def replaced_shell(command: Command, directory: str | None = "/") -> ShellWord | None:
    """Return the word for `/bin/sh` where *command*, run in *directory*, puts another there."""
    if command.program == "ln":
        made = link(command)
        name = made.name if made else None
    elif command.program in {"mv", "cp"}:
        operands = parse_arguments(command.arguments, "tS").operands
        name = operands[-1] if len(operands) > 1 else None
    elif command.program == "update-alternatives":
        name = next((word for word in command.arguments if word.value.endswith("/sh")), None)
    else:
        return None
    if name is not None and absolute(name.value, directory) in {"/bin/sh", "/usr/bin/sh"}:
        return name
    return None


@remembered
def written_paths(command: Command) -> tuple[ShellWord, ...]:
    """
    Return the files and folders that *command* makes or fills, by redirection and by itself.

    Where the destination is a folder, it is the folder that is returned.
    """
    words = list(redirected_paths(command))
    arguments = parse_arguments(command.arguments, *_VALUES.get(command.program, ("", ())))
    operands = arguments.operands
    match command.program:
        case "tee" | "touch" | "mkdir":
            words.extend(operands)
        case "truncate" | "mktemp":
            words.extend(operands)
        case "install" if arguments.has("-d", "--directory"):
            words.extend(operands)
        case "cp" | "mv" | "install" | "rsync" | "ln":
            folder = arguments.value("-t", "--target-directory")
            if folder is not None:
                words.append(folder)
            elif len(operands) > 1:
                words.append(operands[-1])
        case "dd":
            words.extend(word for word in operands if word.value.startswith("of="))
        case "sed" if any(option.name in {"-i", "--in-place"} for option in arguments.options):
            has_script = arguments.has("-e", "-f", "--expression", "--file")
            words.extend(operands if has_script else operands[1:])
    return tuple(words)


@remembered
def redirected_paths(command: Command) -> tuple[ShellWord, ...]:
    """Return the files that *command*'s output goes to; `/dev/null` and its like are none."""
    return tuple(
        redirect.target
        for redirect in command.redirects
        if redirect.target is not None
        and ">" in redirect.operator
        and redirect.descriptor != 2
        and not redirect.operator.startswith("2")
        and not redirect.operator.endswith("&")
        and not redirect.target.value.startswith(("/dev/", "&"))
    )


@remembered
def removed_paths(command: Command) -> tuple[ShellWord, ...]:
    """Return the paths that are gone after *command*."""
    found = removal(command)
    return found.paths if found else ()


def absolute(path: str, directory: str | None, home: str = "/root") -> str | None:
    """
    Return *path* from the root, as it is seen from *directory*; None where it is not known.

    >>> absolute("../data/", "/app/src"), absolute("~/.netrc", "/app"), absolute("$X/a", "/app")
    ('/app/data', '/root/.netrc', None)
    """
    for variable in ("$HOME", "${HOME}", "~"):
        if path == variable or path.startswith(f"{variable}/"):
            path = home + path[len(variable) :]
    if "$" in path or "`" in path or not path:
        return None
    if not path.startswith("/"):
        if directory is None:
            return None
        path = f"{directory}/{path}"
    return "/" + posixpath.normpath(path).lstrip("/")


def covers(pattern: str, path: str, *, is_recursive: bool = True) -> bool:
    """
    Return whether *pattern*, a path that may have globs, is *path* or a folder above it.

    >>> covers("/tmp/*.tar.gz", "/tmp/cuda.tar.gz"), covers("/tmp", "/tmp/cuda.tar.gz")
    (True, True)
    >>> covers("/tmp", "/tmp/cuda.tar.gz", is_recursive=False), covers("/tmp/a", "/tmp/ab")
    (False, False)
    """
    wanted = pattern.rstrip("/").split("/")
    parts = path.rstrip("/").split("/")
    if len(wanted) > len(parts) or (len(wanted) < len(parts) and not is_recursive):
        return False
    return all(_matches(glob, part) for glob, part in zip(wanted, parts, strict=False))


def directories(commands: Sequence[Command], directory: str | None) -> tuple[str | None, ...]:
    """
    Return where each of *commands* runs if the first runs in *directory*, by their `cd`.

    A `cd` is taken to hold until the next one, even out of a subshell.
    """
    found = []
    current = directory
    for command in commands:
        found.append(current)
        if command.program in {"cd", "pushd"} and not command.in_substitution:
            values = [word.value for word in command.arguments]
            target = next((value for value in values if value[:1] != "-" or value == "-"), "~")
            current = None if target == "-" else absolute(target, current)
    return tuple(found)


def is_removed(
    path: str, commands: Iterable[Command], directory: str | None, home: str = "/root"
) -> bool:
    """Return whether one of *commands*, which start in *directory*, removes *path* (absolute)."""
    listed = tuple(commands)
    for command, current in zip(listed, directories(listed, directory), strict=True):
        found = removal(command)
        if found is None:
            continue
        for word in found.paths:
            pattern = absolute(word.value, current, home)
            if pattern is not None and covers(pattern, path, is_recursive=found.is_recursive):
                return True
    return False


_VALUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "mkdir": ("m", ("mode",)),
    "touch": ("drt", ("date", "reference", "time")),
    "truncate": ("sr", ("size", "reference")),
    "cp": ("tS", ("target-directory", "suffix")),
    "mv": ("tS", ("target-directory", "suffix")),
    "ln": ("tS", ("target-directory", "suffix")),
    "install": ("gmotS", ("group", "mode", "owner", "target-directory", "suffix")),
    "rsync": ("ef", ("exclude", "include", "rsh", "filter", "chown", "chmod")),
    "sed": ("efl", ("expression", "file", "line-length")),
    "mktemp": ("p", ("suffix", "tmpdir")),
}
"""Options that take a value, of the programs that write."""


def _sources(arguments: Arguments) -> tuple[ShellWord, ...]:
    if arguments.has("-t", "--target-directory"):
        return arguments.operands
    return arguments.operands[:-1]


def _matches(glob: str, part: str) -> bool:
    if glob == part:
        return True
    if not any(character in glob for character in "*?["):
        return False
    # As in a shell, `*` does not find what is hidden.
    if part.startswith(".") and not glob.startswith("."):
        return False
    return _glob(glob).fullmatch(part) is not None


@functools.lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    import fnmatch

    return re.compile(fnmatch.translate(glob))


def _lets_others_write(clause: str) -> bool:
    for operator in "+=":
        who, found, what = clause.partition(operator)
        if found:
            everybody = "a" in who or "o" in who or (not who and operator == "=")
            return everybody and ("w" in what or what == "u")
    return False
