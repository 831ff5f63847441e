"""Other views of a tree: a folder of it, or files changed that are not written yet."""

from __future__ import annotations

import os
import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from boxwright.errors import ProjectError
from boxwright.project.tree import FolderTree, Skipped, Tree

_MOST = 100_000
"""Entries after which a folder is not listed any further."""


def context_of(tree: Tree, folder: str) -> Tree:
    """Return all that a build is sent that has the *folder* of *tree* as its context."""
    if isinstance(tree, FolderTree):
        # Of its own root: what lies beside it need not be listed, and links may not lead there.
        return FolderTree(tree.root / folder, enter_all=True, most=_MOST)
    return _Folder(tree, folder) if folder else tree


def folder_of(tree: Tree, folder: str) -> Tree:
    """Return what *tree* has in its *folder*, as it was listed there."""
    return _Folder(tree, folder)


def has(tree: Tree, path: str) -> bool:
    """Tell whether *path* is a file, a folder or a link in *tree*; a folder is not listed for it."""
    if isinstance(tree, FolderTree):
        return os.path.lexists(tree.root / path)
    paths = tree.paths()
    at = bisect_left(paths, path)
    return at < len(paths) and (paths[at] == path or paths[at].startswith(f"{path}/"))


def read_start(tree: Tree, path: str, count: int) -> bytes:
    """Return the first *count* bytes of *path*; of a large file no more than those is read."""
    if isinstance(tree, FolderTree):
        return tree.read_start(path, count)
    return tree.read(path)[:count]


class Overlay:
    """The tree *below* with the files of *changed* in place of its own, or besides them."""

    def __init__(self, below: Tree, changed: Mapping[str, bytes]) -> None:
        self.below = below
        self.changed = dict(changed)

    def paths(self) -> tuple[str, ...]:
        """Return all files and symbolic links, sorted."""
        return tuple(sorted({*self.below.paths(), *self.changed}))

    def folders(self) -> tuple[str, ...]:
        """Return all folders that were entered, sorted."""
        return tuple(sorted({*self.below.folders(), *_folders(self.changed)}))

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what could not be listed."""
        return self.below.skipped()

    def read(self, path: str) -> bytes:
        """Return the content of *path*."""
        return self.changed[path] if path in self.changed else self.below.read(path)

    def size(self, path: str) -> int:
        """Return the size of *path* in bytes."""
        return len(self.changed[path]) if path in self.changed else self.below.size(path)

    def mode(self, path: str) -> int:
        """Return the permission bits of *path*."""
        return 0o644 if path in self.changed else self.below.mode(path)

    def link(self, path: str) -> str | None:
        """Return what the symbolic link *path* points to, None where it is none."""
        return None if path in self.changed else self.below.link(path)


class _Folder:
    """A folder of a tree that is no folder of this machine."""

    def __init__(self, tree: Tree, folder: str) -> None:
        self._tree = tree
        self._prefix = f"{folder}/"

    def paths(self) -> tuple[str, ...]:
        return tuple(
            path.removeprefix(self._prefix)
            for path in self._tree.paths()
            if path.startswith(self._prefix)
        )

    def folders(self) -> tuple[str, ...]:
        return tuple(
            path.removeprefix(self._prefix)
            for path in self._tree.folders()
            if path.startswith(self._prefix)
        )

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(skipped.path.removeprefix(self._prefix), skipped.reason)
            for skipped in self._tree.skipped()
            if skipped.path.startswith(self._prefix)
        )

    def read(self, path: str) -> bytes:
        return self._tree.read(self._in_tree(path))

    def size(self, path: str) -> int:
        return self._tree.size(self._in_tree(path))

    def mode(self, path: str) -> int:
        return self._tree.mode(self._in_tree(path))

    def link(self, path: str) -> str | None:
        return self._tree.link(self._in_tree(path))

    def _in_tree(self, path: str) -> str:
        joined = posixpath.normpath(f"{self._prefix}{path}")
        if not joined.startswith(self._prefix):
            raise ProjectError(f"`{path}` leads out of the project")
        return joined


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return found
