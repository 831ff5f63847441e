"""Where a file of a stage comes from: a file of the context, or a heredoc of the Dockerfile."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.syntax.dockerfile.instructions import Add, Copy, Instruction, Run
    from boxwright.text.joined import Joined

    class Place(Protocol):
        """What has to be known of a stage."""

        @property
        def parent(self) -> Place | None:
            """The stage that it is FROM."""

        @property
        def context(self) -> Context | None:
            """The build context."""

        @property
        def copies(self) -> tuple[Copy | Add, ...]:
            """Its COPY and ADD instructions."""

        @property
        def copied(self) -> tuple[Copied, ...]:
            """Where they put what they bring."""

        def position(self, instruction: Instruction) -> int:
            """Return which of its instructions *instruction* is."""

        def expanded(self, raw: str, instruction: Instruction) -> str | None:
            """Return *raw* with the variables that *instruction* sees."""

        def workdir_at(self, instruction: Instruction) -> str | None:
            """Return the folder that *instruction* works in."""

        def stage_named(self, name: str) -> Place | None:
            """Return the stage that `--from` calls *name*."""


class Copied(NamedTuple):
    """A COPY or ADD, and where it puts what it brings."""

    instruction: Copy | Add
    position: int
    """Which instruction of its stage it is."""
    destination: str
    """Absolute."""
    is_folder: bool
    """Whether the destination is a folder for certain: by its slash, or for several sources."""


class Origin(NamedTuple):
    """What a file in an image was made from."""

    path: str
    """Its path in the context; empty for a heredoc."""
    text: Joined | None
    """The text of a heredoc."""
    instruction: Instruction
    """The COPY, ADD or RUN (by a mount) that brings it."""


class _Search(NamedTuple):
    stage: Place
    path: str
    position: int
    """Only what comes before that instruction counts."""


_MOST_STEPS = 2000
_END = 1 << 60


def absolute(path: str, workdir: str | None) -> str:
    """
    Return *path* as an absolute one; where the working directory is not known it is `/`.

    >>> absolute("app/", "/srv"), absolute("/x/../y", None)
    ('/srv/app', '/y')
    """
    joined = posixpath.normpath(posixpath.join("/", workdir or "/", path))
    return f"/{joined.lstrip('/')}"


def origin(stage: Place, path: str, before: Instruction | None = None) -> Origin | None:
    """
    Return what the file *path* (absolute) of *stage* was made from, None if that is not known.

    Looked for in what comes before the instruction *before*, in its mounts too; through
    stages that files are copied from and through those that the stage is FROM.
    """
    searches = [_Search(stage, path, _END if before is None else stage.position(before))]
    if before is not None and before.keyword == "RUN":
        searches.extend(_mounted(stage, path, before))  # type: ignore[arg-type]
    seen: set[tuple[int, str, int]] = set()
    steps = 0
    while searches:
        search = searches.pop()
        key = (id(search.stage), search.path, search.position)
        if key in seen:
            continue
        seen.add(key)
        if search.position < 0:
            # A bind mount from the context: nothing is copied.
            found = _in_context(search.stage, search.path)
            if found and before is not None:
                return Origin(found, None, before)
            continue
        others: list[_Search] = []
        for copied in reversed(search.stage.copied):
            if copied.position >= search.position:
                continue
            steps += 1
            if steps > _MOST_STEPS:
                return None
            below = _below(search.path, copied.destination)
            if below is None:
                continue
            for brought in _brought(search.stage, copied, below):
                if isinstance(brought, Origin):
                    return brought
                others.append(brought)
        if search.stage.parent is not None:
            searches.append(_Search(search.stage.parent, search.path, _END))
        searches.extend(reversed(others))
    return None


def _in_context(stage: Place, path: str) -> str:
    context = stage.context
    path = path.lstrip("/")
    return path if context is not None and context.exists(path) else ""


def _mounted(stage: Place, path: str, run: Run) -> Iterator[_Search]:
    workdir = stage.workdir_at(run)
    for mount in run.mounts:
        if mount.type != "bind" or not mount.target:
            continue
        target = stage.expanded(mount.target, run)
        source = stage.expanded(mount.source or "/", run)
        if target is None or source is None:
            continue
        below = _below(path, absolute(target, workdir))
        if below is None:
            continue
        inner = absolute(below, absolute(source, "/"))
        if not mount.from_:
            yield _Search(stage, inner, -1)
        else:
            other = stage.stage_named(mount.from_)
            if other is not None:
                yield _Search(other, inner, _END)


def _below(path: str, folder: str) -> str | None:
    """Return *path* relative to *folder*, None where it is not in it."""
    if path == folder:
        return "."
    prefix = folder if folder.endswith("/") else f"{folder}/"
    return path[len(prefix) :] if path.startswith(prefix) else None


def _brought(stage: Place, copied: Copied, below: str) -> Iterator[Origin | _Search]:
    """Yield what *copied* makes the file *below* its destination from, the likeliest first."""
    copy, is_folder = copied.instruction, copied.is_folder
    for heredoc in copy.heredocs:
        name = posixpath.basename(heredoc.name)
        if below == (name if is_folder else "."):
            yield Origin("", heredoc.content, copy)
    from_ = copy.from_
    keeps_folders = copy.parents is not None
    for source in copy.sources:
        text = stage.expanded(source.raw, copy)
        if text is None or "://" in text:
            continue
        if from_ is not None:
            other = stage.stage_named(from_.value)
            if other is None:
                continue
            inner = absolute(text, "/")
            if below == posixpath.basename(inner) or (below == "." and not is_folder):
                yield _Search(other, inner, _END)
            if below != ".":
                yield _Search(other, absolute(below, inner), _END)
        elif stage.context is not None:
            for root in stage.context.sources(text, parents=keeps_folders):
                found = _copied(stage.context, root, below, is_folder, keeps_folders)
                if found:
                    yield Origin(found, None, copy)


def _copied(context: Context, root: str, below: str, is_folder: bool, keeps_folders: bool) -> str:
    """Return which file at or in *root* becomes *below* of the destination."""
    if keeps_folders:
        inside = _below(f"/{below}", f"/{root}")
        return below if inside is not None and context.exists(below) else ""
    if context.is_folder(root):
        path = posixpath.normpath(posixpath.join(root, below))
        return path if path != root and context.exists(path) else ""
    name = posixpath.basename(root)
    return root if below == name or (below == "." and not is_folder) else ""
