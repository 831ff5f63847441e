"""A package of a distribution, as a package manager is asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import ShellWord


class SystemPackage(NamedTuple):
    """A package that is installed or removed."""

    name: str
    version: str
    """What pins or limits it, "" where nothing does; without the `=` of an exact version."""
    word: ShellWord
    is_file: bool = False
    """Whether *name* is a path or URL."""


def named_packages(
    words: Iterable[ShellWord], split: Callable[[str], tuple[str, str]]
) -> tuple[tuple[SystemPackage, ...], tuple[ShellWord, ...]]:
    """
    Return the packages that *words* name, and the words that only the build can tell.

    *split* takes the name and version of a word apart.
    """
    packages = []
    unknown = []
    for word in words:
        text = word.value
        if text.startswith(("/", "./", "http://", "https://")):
            packages.append(SystemPackage(text, "", word, is_file=True))
            continue
        name, version = split(text)
        if name and not any(character in name for character in "$`*(){"):
            packages.append(SystemPackage(name, version, word))
        else:
            unknown.append(word)
    return tuple(packages), tuple(unknown)
