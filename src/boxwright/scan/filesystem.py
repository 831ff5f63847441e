"""Layers → the files that a container sees, and those that ship although it does not see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK, LayerIndex, Member

_MOST_LINKS = 40
"""As Linux has it: a path that leads through more is a loop."""
_MOST_STEPS = 256
"""So many folders one path may lead through; a longer one is taken as it stands."""
_MOST_IMPLIED = 1 << 24
"""
So many letters the paths of implied folders may have together; beyond, only the last folder of a
path is implied, right below the root.
"""
_MOST_PROBLEMS = 20


class Live(NamedTuple):
    """A member of the final filesystem."""

    member: Member
    layer: int
    """Which layer it is from, counted from 0."""


class Gone(NamedTuple):
    """A member that ships in a layer but that no container sees."""

    member: Member
    layer: int
    """Which layer it is in."""
    removed_by: int
    """Which layer hides it; the same layer where it holds two entries for the path."""
    how: str
    """
    `deleted` (a whiteout, of it or of a folder above it), `replaced` (other content at the path),
    `rewritten` (the same content again, with another owner, mode or time), `repeated` (twice in
    one layer).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Filesystem:
    """
    What layers put on top of each other come to.

    Each content is told of once: the sizes of the files (`FILE`) in *files* and in *gone* add up
    to all content of all layers. A content with several names is a file under one name that is
    there, and a hard link to that name under the others; where the layer has the content at a name
    that is gone, another one takes its place, and what is gone is a hard link.
    """

    files: Mapping[str, Live]
    """By path, the folders among them that only the names of others imply; without the root."""
    gone: tuple[Gone, ...]
    names: Mapping[str, tuple[str, ...]]
    """All names of a file that has several, by the name under which it is no hard link."""
    moved: Mapping[tuple[int, str], str]
    """
    Where the member that a layer has at a path is, if that is elsewhere: in the folder that a
    symbolic link of a layer below leads to.
    """
    kept_as: Mapping[tuple[int, str], str]
    """Where the content of a file is that is gone, by layer and path, if a hard link keeps it."""
    problems: tuple[str, ...] = ()
    """What cannot be as the layers say, in clauses."""

    def place(self, layer: int, path: str) -> str | None:
        """Return where the content that *layer* has at *path* is seen; None where it is gone."""
        path = self.moved.get((layer, path), path)
        kept = self.kept_as.get((layer, path))
        if kept is not None:
            return kept
        live = self.files.get(path)
        return path if live is not None and live.layer == layer else None


def merge(layers: Sequence[LayerIndex | None]) -> Filesystem:
    """
    Return what *layers*, lowest first, come to (image-spec, layer.md); None is one that is unread.

    The whiteouts of a layer hide what the layers below it have, wherever in its tar they stand. A
    name below a symbolic link leads where the link does, as it does for a container engine that
    unpacks onto the layers below.
    """
    merging = _Merging()
    for at, layer in enumerate(layers):
        if layer is not None:
            merging.apply(layer, at)
    return merging.finish()


def real_folder(
    files: Mapping[str, Live], told: str, followed: set[str] | None = None
) -> str | None:
    """
    Return where the folder *told* is among *files*, or would be; None where links lead nowhere.

    The links on the way to it are added to *followed*.
    """
    if not told:
        return ""
    waiting = told.split("/")[::-1]
    real = ""
    links = steps = 0
    while waiting:
        name = waiting.pop()
        steps += 1
        if steps > _MOST_STEPS or links > _MOST_LINKS:
            return None
        if name in ("", "."):
            continue
        if name == "..":
            real = real.rpartition("/")[0]
            continue
        path = f"{real}/{name}" if real else name
        live = files.get(path)
        if live is None or live.member.kind != SYMLINK:
            real = path
            continue
        links += 1
        if followed is not None:
            followed.add(path)
        if live.member.link.startswith("/"):
            real = ""
        waiting += live.member.link.split("/")[::-1]
    return real


class _Content:
    """A file with several names."""

    __slots__ = ("gone", "layer", "member", "names")

    def __init__(self, member: Member, layer: int) -> None:
        self.member = member
        self.layer = layer
        self.names = {member.path: None}
        self.gone: int | None = None
        """Where among what is gone the name is under which a layer has it."""


class _Folder(NamedTuple):
    path: str
    children: list[str]
    """All paths that ever were in it, since it is there."""


class _Merging:
    """The state between two layers: all folders of all paths in it are there and are folders."""

    def __init__(self) -> None:
        self._files: dict[str, Live] = {}
        self._gone: list[Gone] = []
        self._children: dict[str, list[str]] = {"": []}
        self._moved: dict[tuple[int, str], str] = {}
        self._problems: list[str] = []
        self._contents: list[_Content] = []
        self._linked: dict[str, _Content] = {}
        """Contents with several names, by each name that is there."""
        self._folders: dict[str, _Folder] = {}
        """Where folders are, as names have them: through links."""
        self._followed: set[str] = set()
        """The links on the way to them."""
        self._implied = 0

    def apply(self, layer: LayerIndex, at: int) -> None:
        deleted = self._apply_whiteouts(layer, at)
        repeated = dict(layer.repeated)
        files, folders = self._files, self._folders
        for member in layer.members:
            told = path = member.path
            above, _, name = path.rpartition("/")
            folder = folders.get(above) or self._folder(above, at)
            if folder.path != above:
                path = f"{folder.path}/{name}" if folder.path else name
                member = msgspec.structs.replace(member, path=path)
                self._moved[at, told] = path
            content = None
            if member.kind == HARDLINK:
                followed = self._follow(member, at, repeated)
                if followed is None:
                    continue
                member, content = followed
            before = files.get(path)
            if before is None:
                if not path:
                    continue
                folder.children.append(path)
                if deleted and path in deleted:
                    self._tell_replacement(deleted[path], member, content)
            elif before.member.kind != DIRECTORY:
                self._replace(before, member, content, at)
            elif member.kind != DIRECTORY:
                self._remove(path, at, "repeated" if before.layer == at else "replaced")
                folder.children.append(path)
            files[path] = Live(member, at)
            if content is not None:
                content.names[path] = None
                self._linked[path] = content
        for path, size in repeated.items():
            if size:
                self._gone.append(Gone(Member(path=path, size=size), at, at, "repeated"))

    def finish(self) -> Filesystem:
        kept_as: dict[tuple[int, str], str] = {}
        names: dict[str, tuple[str, ...]] = {}
        for content in self._contents:
            if not content.names:
                continue
            told = content.member.path
            place = next(iter(content.names)) if content.gone is not None else told
            if content.gone is not None:
                kept_as[content.layer, told] = place
                member = msgspec.structs.replace(content.member, path=place)
                self._files[place] = Live(member, content.layer)
                link = msgspec.structs.replace(
                    content.member, kind=HARDLINK, link=place, size=0, digest=b""
                )
                self._gone[content.gone] = self._gone[content.gone]._replace(member=link)
            for name in content.names:
                live = self._files[name]
                if name != place and live.member.link != place:
                    link = msgspec.structs.replace(live.member, link=place)
                    self._files[name] = Live(link, live.layer)
            if len(content.names) > 1:
                names[place] = tuple(content.names)
        return Filesystem(
            files=self._files,
            gone=tuple(self._gone),
            names=names,
            moved=self._moved,
            kept_as=kept_as,
            problems=tuple(self._problems),
        )

    def _apply_whiteouts(self, layer: LayerIndex, at: int) -> dict[str, int]:
        """Return where among what is gone each path is that was removed."""
        if not layer.whiteouts and not layer.opaque:
            return {}
        first = len(self._gone)
        removed: list[str] = []
        for told in layer.whiteouts:
            above, _, name = told.rpartition("/")
            folder = self._resolve(above)
            if name and folder is not None:
                removed.append(f"{folder}/{name}" if folder else name)
        for told in layer.opaque:
            folder = self._resolve(told)
            if folder is not None:
                removed += self._children.get(folder, ())
        for path in removed:
            self._remove(path, at, "deleted")
        return {self._gone[i].member.path: i for i in range(first, len(self._gone))}

    def _remove(self, path: str, at: int, how: str) -> None:
        """Remove *path* and all below it; it stays among its parent's children, for no harm."""
        waiting = [path]
        while waiting:
            path = waiting.pop()
            live = self._files.pop(path, None)
            if live is None:
                continue
            self._hide(live, at, how)
            below = self._children.pop(path, None)
            if below is not None:
                waiting += reversed(below)
                self._forget_folders()

    def _replace(self, before: Live, member: Member, content: _Content | None, at: int) -> None:
        if before.layer == at:
            how = "repeated"
        elif _is_same(before.member, self._linked.get(before.member.path), member, content):
            how = "rewritten"
        else:
            how = "replaced"
        self._hide(before, at, how)

    def _tell_replacement(self, index: int, member: Member, content: _Content | None) -> None:
        """Tell of what was deleted by the same layer that has *member* in its place."""
        gone = self._gone[index]
        if member.kind == gone.member.kind == DIRECTORY:
            return
        same = _is_same(gone.member, None, member, content)
        self._gone[index] = gone._replace(how="rewritten" if same else "replaced")

    def _hide(self, live: Live, at: int, how: str) -> None:
        path = live.member.path
        content = self._linked.pop(path, None)
        if content is not None:
            content.names.pop(path, None)
            if live.member.kind == FILE:
                content.gone = len(self._gone)
        self._gone.append(Gone(live.member, live.layer, at, how))
        if path in self._followed:
            self._forget_folders()

    def _follow(
        self, member: Member, at: int, repeated: dict[str, int]
    ) -> tuple[Member, _Content | None] | None:
        """
        Return what the hard link *member* is, and its content where it is another name of a file.

        A link stands behind its target in a tar. Where that is only yet to come, it was there
        before too, and the link keeps the content that the layer replaces itself.
        """
        above, _, name = member.link.rpartition("/")
        folder = self._resolve(above)
        target = f"{folder}/{name}" if folder else name
        live = self._files.get(target)
        if member.link in repeated and (live is None or live.layer != at):
            size = repeated.pop(member.link)
            return msgspec.structs.replace(member, kind=FILE, link="", size=size), None
        kind = DIRECTORY if live is None or target == member.path else live.member.kind
        if kind == DIRECTORY or live is None:
            if len(self._problems) < _MOST_PROBLEMS:
                self._problems.append(
                    f"the hard link `{member.path}` leads to `{member.link}`, which is no file"
                )
            return None
        if kind not in (FILE, HARDLINK):
            return msgspec.structs.replace(live.member, path=member.path), None
        content = self._linked.get(target)
        if content is None:
            content = _Content(live.member, live.layer)
            self._contents.append(content)
            self._linked[target] = content
        return member, content

    def _folder(self, told: str, at: int) -> _Folder:
        """Return where the folder *told* is, having made what of it is not there."""
        real = self._resolve(told)
        if real is None:
            real = told
        missing = []
        path = real
        while path:
            live = self._files.get(path)
            if live is not None and live.member.kind == DIRECTORY:
                break
            missing.append(path)
            self._implied += len(path)
            path = "" if self._implied > _MOST_IMPLIED else path.rpartition("/")[0]
        for made in reversed(missing):
            live = self._files.get(made)
            if live is not None:
                self._remove(made, at, "repeated" if live.layer == at else "replaced")
            self._files[made] = Live(Member(path=made, kind=DIRECTORY, mode=0o755), at)
            self._children.setdefault(path, []).append(made)
            path = made
        folder = _Folder(real, self._children.setdefault(real, []))
        self._folders[told] = folder
        return folder

    def _resolve(self, told: str) -> str | None:
        return real_folder(self._files, told, self._followed)

    def _forget_folders(self) -> None:
        self._folders.clear()
        self._followed.clear()


def _is_same(
    before: Member, content_before: _Content | None, after: Member, content: _Content | None
) -> bool:
    """Tell whether two members differ in owner, mode and time only."""
    one = content_before.member if content_before else before
    two = content.member if content else after
    if one.kind != two.kind:
        return False
    if one.kind == FILE:
        return bool(one.digest) and one.digest == two.digest and one.size == two.size
    return one.link == two.link
