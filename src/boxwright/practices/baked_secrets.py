"""Files of credentials that a layer keeps: copied, or written by a command."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.context import is_secret_file
from boxwright.practices.credential_files import credential_file, written_credential_files
from boxwright.practices.open_secrets import holds_credential
from boxwright.practices.programs.files import absolute, covers, directories, is_removed, removal
from boxwright.syntax.dockerfile.instructions import Add, Copy, Run
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.image_files import Copied
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Instruction
    from boxwright.text.source import Span


class BakedSecret(NamedTuple):
    """A file of credentials in a layer."""

    path: str
    """In the image, as a message may show it."""
    what: str
    """With its article: `the passwords of netrc`, `a file of credentials`."""
    stage: StageFacts
    instruction: Instruction
    span: Span
    """The word that names it."""
    removal: Removal | None
    """What removes it in a later layer, if that ships."""
    is_sure: bool = True
    """Whether it is one: projects also call files of plain settings `.env`."""


class Removal(NamedTuple):
    """A path that is removed by a RUN."""

    order: int
    """Its place among the instructions whose layers ship."""
    pattern: str
    """Absolute, perhaps with globs."""
    is_recursive: bool
    run: Run
    span: Span


@functools.lru_cache(maxsize=1)
def baked_secrets(build: Build) -> tuple[BakedSecret, ...]:
    """Return the files of credentials that instructions of *build* put into a layer."""
    removals = _removals(build)
    telling = [
        removed
        for removed in removals
        if "*" not in removed.pattern
        and (is_secret_file(removed.pattern) or credential_file(removed.pattern))
    ]
    order = _order(build)
    found: list[BakedSecret] = []
    broad = 0
    for stage in build.stages:
        for copied in stage.copied:
            found.extend(_copied(stage, copied))
            if stage.ships and broad < _MOST_BROAD and _brings_all(copied.instruction):
                broad += 1
                found.extend(_told_by_removal(stage, copied, telling, order))
        for run in stage.runs:
            found.extend(_written(stage, run))
        if len(found) > _MOST:
            break
    by_folder: dict[str, list[Removal]] = {}
    for removed in removals:
        by_folder.setdefault(_first_part(removed.pattern), []).append(removed)
    return tuple(
        secret._replace(removal=_removed(secret, by_folder, order)) for secret in found[:_MOST]
    )


# Of more than that in one file nobody reads the findings.
_MOST = 100
_MOST_BROAD = 20
_MOST_REMOVALS = 1000
_FOLDERS = frozenset({".ssh", ".aws", ".gnupg", ".kube", ".azure"})


def home_of(stage: StageFacts, instruction: Instruction) -> str:
    """Return the home folder of who carries *instruction* out, as such folders are called."""
    name = stage.user_at(instruction).name
    return f"/home/{name}" if name and name not in {"root", "0"} else "/root"


def kept_off_layer(stage: StageFacts, run: Run, path: str) -> bool:
    """Return whether *path*, absolute, lies in a mount of *run*, which no layer keeps."""
    for mount in run.mounts:
        target = stage.expanded(mount.target, run) if mount.target else None
        if target is not None and covers(
            posixpath.join(stage.workdir_at(run) or "/", target), path
        ):
            return True
    return path.startswith(("/dev/", "/run/secrets/", "/proc/"))


def _brings_all(copy: Copy | Add) -> bool:
    return copy.from_ is None and any(
        word.value in {".", "./", "/", "*", "./*"} for word in copy.sources
    )


def _copied(stage: StageFacts, copied: Copied) -> Iterator[BakedSecret]:
    copy = copied.instruction
    destination = copy.destination
    if destination is None:
        return
    for heredoc in copy.heredocs:
        name = posixpath.basename(heredoc.name)
        path = posixpath.join(copied.destination, name) if copied.is_folder else copied.destination
        what = credential_file(path)
        if what is not None:
            yield BakedSecret(path, what, stage, copy, destination.span, None)
    for word in copy.sources:
        source = stage.expanded(word.raw, copy)
        if source is None or "://" in source:
            continue
        name = posixpath.basename(source.rstrip("/"))
        path = posixpath.join(copied.destination, name) if copied.is_folder else copied.destination
        if not _is_secret(source, name) and credential_file(path) is None:
            continue
        context = stage.context if copy.from_ is None else None
        if copy.from_ is None and name not in _FOLDERS:
            if holds_credential(context, source) is False:
                continue
        elif copy.from_ is not None and stage.stage_named(copy.from_.value) is None:
            continue
        what = credential_file(path) or credential_file(source) or "a file of credentials"
        is_sure = not (".env" in name or name in {".npmrc", ".yarnrc"})
        is_sure = is_sure or holds_credential(context, source) is True
        yield BakedSecret(path, what, stage, copy, word.span, None, is_sure)


def _is_secret(source: str, name: str) -> bool:
    if name in _FOLDERS:
        return True
    lowered = name.lower()
    # A certificate is for everybody; only its key is not.
    if lowered.endswith(".pem") and any(word in lowered for word in ("cert", "chain", "ca")):
        return "key" in lowered
    if "*" in name or "?" in name:
        return name.startswith((".env", "id_"))
    return is_secret_file(source)


def _written(stage: StageFacts, run: Run) -> Iterator[BakedSecret]:
    home = home_of(stage, run)
    workdir = stage.workdir_at(run)
    commands = run.commands
    folders = directories(commands, workdir) if commands else ()
    for command, folder in zip(commands, folders, strict=True):
        for written in written_credential_files(command):
            path = absolute(written.path, folder, home)
            if path is not None and (
                kept_off_layer(stage, run, path)
                or is_removed(path, commands[command.number :], folder, home)
            ):
                continue
            yield BakedSecret(path or written.path, written.kind, stage, run, written.span, None)


def _order(build: Build) -> dict[int, int]:
    instructions = [item for stage in build.shipped for item in stage.instructions]
    return {id(item): place for place, item in enumerate(instructions)}


def _removals(build: Build) -> list[Removal]:
    found: list[Removal] = []
    order = _order(build)
    for stage in build.shipped:
        for run in stage.runs:
            if not any(
                word in run.arguments.text or run.heredocs for word in ("rm", "shred", "unlink")
            ):
                continue
            if len(found) > _MOST_REMOVALS:
                return found
            home = home_of(stage, run)
            commands = run.commands
            for command, folder in zip(
                commands, directories(commands, stage.workdir_at(run)), strict=True
            ):
                removed = removal(command)
                if removed is None or command.program == "mv":
                    continue
                for word in removed.paths:
                    pattern = absolute(word.value, folder, home)
                    if pattern is not None:
                        found.append(
                            Removal(order[id(run)], pattern, removed.is_recursive, run, word.span)
                        )
    return found


def _told_by_removal(
    stage: StageFacts, copied: Copied, removals: list[Removal], order: dict[int, int]
) -> Iterator[BakedSecret]:
    """Yield the secrets that `COPY . .` brings, as a later `rm` lets on."""
    place = order.get(id(copied.instruction))
    context = stage.context
    if place is None:
        return
    for removed in removals:
        path = removed.pattern
        if removed.order <= place or not covers(copied.destination, path):
            continue
        below = posixpath.relpath(path, copied.destination)
        # That it is not there now says little: files of credentials are seldom committed.
        if context is not None and (
            context.ignored_by(below) is not None or holds_credential(context, below) is False
        ):
            continue
        what = credential_file(path) or "a file of credentials"
        span = copied.instruction.sources[0].span
        yield BakedSecret(path, what, stage, copied.instruction, span, None)


def _first_part(path: str) -> str:
    """Return the first folder of *path*, empty where that is a pattern."""
    part = path.lstrip("/").partition("/")[0]
    return "" if any(letter in part for letter in "*?[") else part


def _removed(
    secret: BakedSecret, removals: dict[str, list[Removal]], order: dict[int, int]
) -> Removal | None:
    place = order.get(id(secret.instruction))
    if place is None:
        return None
    part = _first_part(secret.path)
    candidates = removals.get("", []) + (removals.get(part, []) if part else [])
    return min(
        (
            removed
            for removed in candidates
            if removed.order > place
            and covers(removed.pattern, secret.path, is_recursive=removed.is_recursive)
        ),
        key=lambda removed: removed.order,
        default=None,
    )
