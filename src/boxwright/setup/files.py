"""
The files that `boxwright init` writes, kept together with what the user made of them.

`.boxwright/generated.json` holds every file as it was generated last. With it the next run
tells the user's edits from its own, and merges the two; it belongs into version control.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import msgspec

from boxwright.errors import BoxwrightError, ProjectError
from boxwright.project.detectors.ours import STATE
from boxwright.render.header import HEAD_END
from boxwright.render.model import GeneratedFile
from boxwright.text.merge import Conflict, merge

DOCKERIGNORE = ".dockerignore"
_LARGEST = 16 << 20


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was generated last."""

    version: str = ""
    """Boxwright's, then."""
    images: dict[str, str] = {}
    """Public images by their tag, with the digests that were written."""
    files: dict[str, str] = {}
    """Texts by path."""
    kinds: dict[str, str] = {}
    """What each file is, as `--only` names it."""
    ignored: dict[str, str] = {}
    """
    Patterns of `.dockerignore` that were found in somebody's checkout, with the reasons.

    Another checkout, that of CI say, may not have what they keep out.
    """
    ignored_by: dict[str, dict[str, str]] = {}
    """The same for others: `services/api/.dockerignore`, `Dockerfile.dockerignore`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one file."""

    path: str
    status: str
    """
    `new`, `updated`, `merged` (edits of the user's kept), `conflict` (some lines stay the
    user's although they are generated differently now), `unchanged`, `yours` (not
    written by us), `deleted` (by the user), `removed` (no longer needed) or `left` (no longer
    needed, but edited).
    """
    before: str | None
    """The file's text now; None where there is none."""
    after: str | None
    """What it becomes; None where it is removed or not made."""
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether a file is written or removed."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What all files become, and what is remembered of it."""

    outcomes: tuple[Outcome, ...]
    state: State
    state_before: State = field(default_factory=State)


def read_state(folder: Path) -> State:
    """Return what was generated in *folder* last; ProjectError where that is damaged."""
    path = folder / STATE
    try:
        if path.stat().st_size > _LARGEST:
            raise _damaged("it is too large")
        content = path.read_bytes()
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise _damaged(error.strerror or str(error)) from error
    try:
        return msgspec.json.decode(content, type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(str(error)) from error


def settle(
    folder: Path,
    files: Iterable[GeneratedFile],
    state: State,
    *,
    version: str,
    images: Mapping[str, str],
    ignored: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    only: frozenset[str] = frozenset(),
    force: bool = False,
) -> Settled:
    """
    Return what the files in *folder* become, none of which is written yet.

    *ignored* are the patterns of each `.dockerignore` by its path. *only* are the kinds that
    are looked at, all where it is empty. *force* takes what is generated, whatever the user
    made of it.
    """
    generated = {file.path: file for file in files}
    outcomes = []
    texts = dict(state.files)
    kinds = dict(state.kinds)
    for path in sorted({*generated, *state.files}):
        file = generated.get(path)
        kind = file.kind if file else state.kinds.get(path, "")
        if only and kind not in only:
            continue
        outcome = _settled(folder, path, file, state.files.get(path), force=force)
        outcomes.append(outcome)
        if file is not None and outcome.status != "yours":
            is_kept = outcome.status == "unchanged" and path in texts
            texts[path] = texts[path] if is_kept and _is_same(texts[path], file.text) else file.text
            kinds[path] = file.kind
        elif file is None:
            texts.pop(path, None)
            kinds.pop(path, None)
    after = State(
        version=version,
        images=dict(sorted({**state.images, **images}.items())),
        files=dict(sorted(texts.items())),
        kinds=dict(sorted(kinds.items())),
        ignored=dict(sorted(ignored.get(DOCKERIGNORE, {}).items())),
        ignored_by={
            path: dict(sorted(patterns.items()))
            for path, patterns in sorted(ignored.items())
            if path != DOCKERIGNORE
        },
    )
    return Settled(outcomes=tuple(outcomes), state=after, state_before=state)


def _settled(
    folder: Path, path: str, file: GeneratedFile | None, last: str | None, *, force: bool
) -> Outcome:
    now = _read(folder, path)
    if file is None:
        if now is None:
            return Outcome(path=path, status="removed", before=None, after=None)
        kept = None if force or now == last else now
        return Outcome(path=path, status="left" if kept else "removed", before=now, after=kept)
    if now is None:
        if last is not None and not force:
            return Outcome(path=path, status="deleted", before=None, after=None)
        return Outcome(path=path, status="new", before=None, after=file.text)
    if now == file.text or (last is not None and _is_same(now, file.text)):
        # Heads name the plan that they were written from: that alone is no change.
        return Outcome(path=path, status="unchanged", before=now, after=now)
    if force:
        return Outcome(path=path, status="updated", before=now, after=file.text)
    if last is None:
        return Outcome(path=path, status="yours", before=now, after=now)
    merged = merge(last, now, file.text)
    if merged.conflicts:
        status = "conflict"
    elif merged.text == now:
        status = "unchanged"
    else:
        status = "updated" if merged.text == file.text else "merged"
    return Outcome(
        path=path, status=status, before=now, after=merged.text, conflicts=merged.conflicts
    )


def _is_same(now: str, then: str) -> bool:
    """Tell whether two texts differ in nothing but their heads."""
    first, second = now.partition(HEAD_END), then.partition(HEAD_END)
    return bool(first[1] and second[1]) and first[2] == second[2]


def write(folder: Path, settled: Settled) -> None:
    """Write the files and, after all of them, what is remembered; each whole or not at all."""
    from boxwright.store.copy import new_file

    for outcome in settled.outcomes:
        place = _inside(folder, outcome.path)
        if not outcome.is_change:
            continue
        if outcome.after is None:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        mode = place.stat().st_mode & 0o7777 if outcome.before is not None else None
        with new_file(place) as out:
            if mode is not None:
                os.fchmod(out.fileno(), mode)
            out.write(outcome.after.encode())
    if settled.state == settled.state_before:
        return
    place = _inside(folder, STATE)
    place.parent.mkdir(parents=True, exist_ok=True)
    document = msgspec.json.format(msgspec.json.encode(settled.state), indent=1)
    with new_file(place) as out:
        out.write(document + b"\n")


def _read(folder: Path, path: str) -> str | None:
    place = _inside(folder, path)
    try:
        # Line ends as they are: what was not changed is written back byte for byte.
        with place.open(encoding="utf-8", newline="") as file:
            return file.read(_LARGEST)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"`{path}` is no text in UTF-8", hint="move it away, or name others with `--only`"
        ) from error
    except OSError as error:
        raise ProjectError(
            f"`{path}` cannot be read: {error.strerror}",
            hint="move it away, or name others with `--only`",
        ) from error


def _inside(folder: Path, path: str) -> Path:
    """Return the place of *path*; refused where links or the state lead out of *folder*."""
    place = folder / path
    root = folder.resolve()
    if not place.resolve().is_relative_to(root):
        raise ProjectError(
            f"`{path}` leads out of the project",
            hint="remove the link on the way, or what names it in `.boxwright/generated.json`",
        )
    return place


def _damaged(why: str) -> BoxwrightError:
    return ProjectError(
        f"`{STATE}` cannot be used: {why}",
        hint="take it from version control, or delete it: files that differ are then yours,"
        " and `--force` makes them new",
    )
