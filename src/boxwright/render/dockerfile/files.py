"""Which paths COPY names, so that it copies the planned files and no others."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

_LISTED = 24
"""A folder with more models than this is copied whole."""


class Copied(NamedTuple):
    """One COPY: folders and files of one folder of the project, and that folder."""

    sources: tuple[str, ...]
    """Relative to the project; a single folder, or files."""
    target: str
    """Relative to the working directory; with a slash at its end, but for a folder's own."""

    @property
    def is_folder(self) -> bool:
        """Whether it copies a folder with all that is sent of it."""
        return not self.target.endswith("/")


def copied_folders(files: Collection[str], others: Collection[str] = ()) -> Iterator[Copied]:
    """
    Yield what copies *files*: whole folders where none of *others* lies in them.

    What else lies in such a folder is left to `.dockerignore`.

    >>> list(copied_folders(["a.py", "b.py", "app/x.py", "app/sub/y.py"]))
    [Copied(sources=('a.py', 'b.py'), target='./'), Copied(sources=('app',), target='app')]
    >>> list(copied_folders(["app/x.py", "app/sub/y.py"], ["app/w.onnx"]))
    [Copied(sources=('app/x.py',), target='app/'), Copied(sources=('app/sub',), target='app/sub')]
    """
    yield from _below("", sorted(files), _folders(others))


def copied_files(files: Collection[str]) -> Iterator[Copied]:
    """
    Yield what copies *files* one by one, those of one folder together.

    >>> list(copied_files(["model/a.bin", "model/b.bin"]))
    [Copied(sources=('model/a.bin', 'model/b.bin'), target='model/')]
    """
    by_folder: dict[str, list[str]] = {}
    for path in sorted(files):
        by_folder.setdefault(posixpath.dirname(path), []).append(path)
    for folder, paths in by_folder.items():
        alone = not any(other.startswith(f"{folder}/") for other in by_folder)
        if folder and len(paths) > _LISTED and alone:
            yield Copied((folder,), folder)
        else:
            yield Copied(tuple(paths), f"{folder or '.'}/")


def _below(folder: str, files: Sequence[str], avoided: frozenset[str]) -> Iterator[Copied]:
    start = len(folder) + 1 if folder else 0
    here = tuple(path for path in files if "/" not in path[start:])
    if here:
        yield Copied(here, f"{folder or '.'}/")
    deeper: dict[str, list[str]] = {}
    for path in files:
        name, slash, _ = path[start:].partition("/")
        if slash:
            deeper.setdefault(path[:start] + name, []).append(path)
    for path, inside in deeper.items():
        if path in avoided:
            yield from _below(path, inside, avoided)
        else:
            yield Copied((path,), path)


def _folders(paths: Collection[str]) -> frozenset[str]:
    """Return all folders above *paths*."""
    found = set()
    for path in paths:
        folder = posixpath.dirname(path)
        while folder:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(found)
