"""Packages that commands install without saying which version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.python_requirement import PythonRequirement, python_requirement
from boxwright.practices.programs.uv import uv_command
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command, ShellWord

OWN_TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""What an environment comes with to install other things."""


class OpenPackages(NamedTuple):
    """What a command takes in any version."""

    run: Run
    command: Command
    packages: tuple[tuple[str, ShellWord], ...]
    """Names, and the words that they stand in."""
    upgrades: bool
    """Whether it is told to upgrade."""


def open_packages(build: Build) -> tuple[OpenPackages, ...]:
    """Return what commands of *build* install without any version, in order."""
    return _open_packages(build)


def names(packages: Sequence[str], most: int = 3) -> str:
    """
    Return *packages* as messages list them.

    >>> names(["torch", "numpy", "scipy", "pandas", "rich"])
    '`torch`, `numpy`, `scipy` and 2 more'
    """
    quoted = [f"`{name}`" for name in packages]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def is_open_source(requirement: PythonRequirement) -> bool:
    """Tell whether *requirement* names a repository without a commit, tag or branch."""
    address = requirement.url.partition("#")[0]
    if not address.startswith(("git+", "hg+", "svn+", "bzr+")) and not address.endswith(".git"):
        return False
    path = address.partition("://")[2].partition("/")[2]
    # A variable may hold the commit as well.
    return "@" not in path and "$" not in address


@lru_cache(maxsize=1)
def _open_packages(build: Build) -> tuple[OpenPackages, ...]:
    found = []
    for run in build.runs:
        for command in run.commands:
            asked = _asked(command)
            if asked is None:
                continue
            packages = list(_open(asked.packages))
            if asked.unknown and run.stage is not None:
                stage = build.stages[run.stage.index]
                packages += _open(_expanded(asked.unknown, stage, run))
            if packages:
                found.append(OpenPackages(run, command, tuple(packages), asked.upgrades))
    return tuple(found)


class _Asked(NamedTuple):
    packages: tuple[PythonRequirement, ...]
    unknown: tuple[ShellWord, ...] = ()
    upgrades: bool = False


def _asked(command: Command) -> _Asked | None:
    """Return what *command* installs, None where a file that it is given may say versions."""
    pip = pip_command(command)
    if pip is not None:
        if pip.action != "install" or pip.requirement_files or pip.constraint_files:
            return None
        return _Asked(pip.packages, pip.unknown, pip.upgrade)
    uv = uv_command(command)
    if uv is not None:
        is_other = uv.action not in {"pip install", "tool install"}
        if is_other or uv.requirement_files or uv.constraint_files:
            return None
        return _Asked(uv.packages, uv.unknown, uv.upgrade)
    conda = conda_command(command)
    if conda is not None:
        if conda.action not in {"install", "create"} or conda.files:
            return None
        plain = [
            python_requirement(package.word._replace(value=package.name))
            for package in conda.packages
            if not package.version
        ]
        return _Asked(tuple(item for item in plain if item is not None))
    if command.program == "pipx":
        arguments = parse_arguments(command.arguments, "ip", ("python", "index-url", "pip-args"))
        if [word.value for word in arguments.operands[:1]] == ["install"]:
            found = [python_requirement(word) for word in arguments.operands[1:]]
            return _Asked(tuple(item for item in found if item is not None))
    return None


def _expanded(
    words: tuple[ShellWord, ...], stage: StageFacts, run: Run
) -> Iterator[PythonRequirement]:
    """Yield what *words* with variables ask for, as far as their values are known."""
    for word in words:
        text = stage.expanded(word.value, run) if "`" not in word.value else None
        for part in (text or "").split():
            requirement = None
            if not part.startswith("-") and "$" not in part:
                requirement = python_requirement(word._replace(value=part))
            if requirement is not None:
                yield requirement


def _open(packages: Iterable[PythonRequirement]) -> Iterator[tuple[str, ShellWord]]:
    for package in packages:
        if package.url:
            if is_open_source(package):
                yield package.name or package.url.partition("@")[0], package.word
        elif not package.specifier:
            yield package.name, package.word
