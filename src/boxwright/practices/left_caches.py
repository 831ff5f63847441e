"""Caches that a RUN leaves in its layer, and how a command is put behind another one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.caches import (
    Cache,
    FilledCache,
    cache_mount_covers,
    caches,
    cleared_caches,
    filled_caches,
)
from boxwright.practices.programs.pip import pip_command
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build, StageCommand
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import Command


class LeftCache(NamedTuple):
    """A cache that a command fills, and that is in the layer when its RUN is over."""

    stage: StageFacts
    run: Run
    command: Command
    cache: Cache
    folders: tuple[str, ...]
    """Where it is; with `~` and with the variables that are not known."""

    @property
    def name(self) -> str:
        """As caches are called: `pip`, `apt lists`."""
        return self.cache.name


def left_caches(build: Build, *names: str, shipped_only: bool = True) -> Iterator[LeftCache]:
    """
    Yield the caches called one of *names* that commands leave in a layer, in order.

    Nothing is left where a cache or tmpfs mount holds the cache, where a variable or a
    setting turns it off, or where a later command of the same RUN empties it. Unless
    *shipped_only* is false, only layers of the final image count.
    """
    for left in _all_left(build):
        if left.cache.name in names and (left.stage.ships or not shipped_only):
            yield left


def left_by_run(
    build: Build, *names: str, shipped_only: bool = True
) -> Iterator[tuple[LeftCache, ...]]:
    """Yield the caches of `left_caches`, those of one RUN together."""
    found: dict[int, list[LeftCache]] = {}
    for left in left_caches(build, *names, shipped_only=shipped_only):
        found.setdefault(left.run.span.start, []).append(left)
    yield from (tuple(each) for each in found.values())


def cache_settings(stage: StageFacts, run: Run) -> dict[str, str | None]:
    """Return the variables that *run* sees and that move a cache or turn one off."""
    mentioned = [name for name in _settings() if stage.is_mentioned(name)]
    if not mentioned:
        return {}
    environment = stage.environment_at(run)
    return {name: environment[name].value for name in mentioned if name in environment}


def put_behind(command: Command, run: Run, text: str) -> Edit | None:
    r"""
    Return the edit that makes *run* carry out the command *text* behind *command*.

    It takes over the layout: in a heredoc it gets a line of its own, and behind lines that
    are continued one that begins or ends with `&&` as its neighbours do. None where that
    cannot be said for certain.
    """
    if run.is_exec or command.in_substitution or command.outer is not None:
        return None
    if command.stdin is not None or not command.words:
        return None
    if any(other.pipeline == command.pipeline and other is not command for other in run.commands):
        return None
    if "sudo" in command.wrappers:
        text = f"sudo {text}"
    source = run.source.text
    at = command.span.end
    line_start = source.rfind("\n", 0, at) + 1
    newline = "\r\n" if source[max(line_start - 2, 0) : line_start] == "\r\n" else "\n"
    line = source[line_start:at]
    indent = line[: len(line) - len(line.lstrip())]
    if any(heredoc.span.start <= at <= heredoc.span.end for heredoc in run.heredocs):
        if source[at : at + 1] in "\r\n" and command.connector in {"", "\n"}:
            return Edit.insert(at, f"{newline}{indent}{text}")
        return Edit.insert(at, f" && {text}")
    escape = run.escape
    rest = source[at:].partition("\n")[0].strip()
    if rest.startswith("&&") and rest[2:].strip() == escape:
        return Edit.insert(at, f" && {escape}{newline}{indent or '    '}{text}")
    if line_start > run.span.start:
        return Edit.insert(at, f" {escape}{newline}{indent or '    '}&& {text}")
    return Edit.insert(at, f" && {text}")


@cache
def _settings() -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in caches().values():
        found.update(dict.fromkeys(name for name, _ in entry.movers))
        found.update(dict.fromkeys(entry.switches))
    return tuple(found)


@lru_cache(maxsize=1)
def _all_left(build: Build) -> tuple[LeftCache, ...]:
    turned_off = _pip_settings(build)
    return tuple(
        left
        for run in build.runs
        if run.stage is not None
        for left in _left_by(build.stages[run.stage.index], run)
        if left.name != "pip" or not _is_behind(left, turned_off)
    )


def _left_by(stage: StageFacts, run: Run) -> Iterator[LeftCache]:
    # Most commands fill none, and what variables are set takes longer to know.
    if not any(filled_caches(command) for command in run.commands):
        return
    values = cache_settings(stage, run)
    found: list[tuple[Command, FilledCache]] = []
    for command in run.commands:
        if command.program == "export":
            values.update((item.name, item.value.value) for item in command.assignments)
        found.extend((command, filled) for filled in filled_caches(command, values))
    names = {filled.cache.name for _, filled in found}
    cleared = [
        (command.number, name)
        for command in run.commands
        for name in cleared_caches(command, values, among=names)
    ]
    for command, filled in found:
        name = filled.cache.name
        is_cleared = any(at > command.number and gone == name for at, gone in cleared)
        if not is_cleared and not _is_mounted(stage, run, filled):
            yield LeftCache(stage, run, command, filled.cache, filled.folders)


def _is_mounted(stage: StageFacts, run: Run, filled: FilledCache) -> bool:
    for mount in run.mounts if run.flags else ():
        if mount.type not in {"cache", "tmpfs"} or not mount.target:
            continue
        target = stage.expanded(mount.target, run)
        if target is None or any("$" in folder for folder in filled.folders):
            return True
        if not target.startswith("/"):
            workdir = stage.workdir_at(run)
            target = f"{(workdir or '/').rstrip('/')}/{target}"
        target = target.rstrip("/")
        if filled.cache.name == "poetry" and target.endswith("/artifacts"):
            # Its wheels, without the virtual environments beside them.
            return True
        # Whose home it should be, `cache-mount-defeated` looks at.
        homes = [target[: -len(tail)] for tail in _tails(filled) if target.endswith(tail)]
        if any(cache_mount_covers(target, filled.folders, home) for home in ("/root", *homes)):
            return True
    return False


def _tails(filled: FilledCache) -> Iterator[str]:
    """Yield what the targets of mounts in any home end with, `/.cache` among them."""
    for folder in filled.folders:
        parts = folder.split("/")
        if parts[0] == "~":
            for end in range(len(parts), 1, -1):
                yield "/" + "/".join(parts[1:end])


def _pip_settings(build: Build) -> tuple[StageCommand, ...]:
    """Return the commands that turn pip's cache off: `pip config set global.no-cache-dir …`."""
    if "no-cache-dir" not in build.source.text or "config" not in build.source.text:
        return ()
    return tuple(
        found
        for found in build.commands_of("pip", "pip3", "python", "python3")
        if (pip := pip_command(found.command)) is not None
        and pip.action == "config set"
        and any(word.value.endswith(".no-cache-dir") for word in pip.arguments.operands)
    )


def _is_behind(left: LeftCache, settings: tuple[StageCommand, ...]) -> bool:
    """Tell whether one of *settings* was made before *left*, in its stage or one that it is FROM."""
    for stage, run, command in settings:
        if stage is left.stage:
            if (run.span.start, command.number) < (left.run.span.start, left.command.number):
                return True
        elif stage in left.stage.chain:
            return True
    return False
