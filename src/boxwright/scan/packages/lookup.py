"""The documents of an image, found as a container would find them: through links."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterable, Iterator, Mapping

from boxwright.scan.filesystem import Live
from boxwright.scan.layer_index import DIRECTORY, HARDLINK, SYMLINK
from boxwright.scan.packages.package import OwnedFile

_MOST_LINKS = 40
"""As Linux has it: a path that leads through more is a loop."""
_DEEPEST = 256
"""Folders below each other; a path of more is taken as it stands."""
_READ_AGAIN_FREELY = 16 << 20
"""Bytes of documents that may be read again, besides all of them once more."""
_OWNED_FREELY, _OWNED_BY_BYTE, _MOST_OWNED = 32 << 20, 4, 128 << 20
"""Bytes of memory for lists of files, so many at the most: enough for half a million."""
_BYTES_OF_FILE = 140


class Documents(Mapping[str, bytes]):
    """What `read_packages` was given, hard links among it under all their names."""

    def __init__(self, contents: Mapping[str, bytes], files: Mapping[str, Live]) -> None:
        self.files = files
        self._contents = dict(contents)
        self._links: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for path, live in files.items():
            kind = live.member.kind
            if kind == SYMLINK:
                self._links[path] = live.member.link
            elif kind == HARDLINK and path not in contents and live.member.link in contents:
                self._contents[path] = contents[live.member.link]

        held = sum(map(len, contents.values()))
        self._seen: set[int] = set()
        self._readable_again = held + _READ_AGAIN_FREELY
        self._ownable = min(_OWNED_BY_BYTE * held + _OWNED_FREELY, _MOST_OWNED)

    def __getitem__(self, path: str) -> bytes:
        return self._read(self._contents[path])

    def __contains__(self, path: object) -> bool:
        return path in self._contents

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    def find(self, path: str) -> bytes | None:
        """Return the document that *path* leads to, through symbolic links."""
        found = self._contents.get(path)
        if found is None and self._links:
            found = self._contents.get(self._follow(path))
        return None if found is None else self._read(found)

    def owned(self, files: Iterable[tuple[str, str]]) -> tuple[OwnedFile, ...]:
        """Return *files*, paths and digests, as they are where a container sees them."""
        made: list[OwnedFile] = []
        for path, digest in files:
            self._ownable -= len(path) + len(digest) + _BYTES_OF_FILE
            if self._ownable < 0:
                break
            made.append(OwnedFile(self.real(path), digest))
        return tuple(made)

    @property
    def is_used_up(self) -> bool:
        """Whether documents lead to more than can be followed: what was returned is not all."""
        return self._readable_again < 0 or self._ownable < 0

    def _read(self, content: bytes) -> bytes:
        """Return *content*, but not for thousands of names that lead to it."""
        if id(content) not in self._seen:
            self._seen.add(id(content))
            return content
        self._readable_again -= len(content)
        return content if self._readable_again >= 0 else b""

    def files_below(self, folder: str) -> list[str]:
        """Return all that is in *folder*, and in the folders of it."""
        # `0` is what follows `/`.
        first = bisect.bisect_left(self._sorted, f"{folder}/")
        return self._sorted[first : bisect.bisect_left(self._sorted, f"{folder}0")]

    @functools.cached_property
    def _sorted(self) -> list[str]:
        return sorted(path for path, live in self.files.items() if live.member.kind != DIRECTORY)

    def real(self, path: str) -> str:
        """Return *path* with the links among its folders followed, and not the last name."""
        folder, slash, name = path.rpartition("/")
        if not slash or not self._links:
            return path
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = self._follow(folder)
        return f"{real}/{name}" if real else name

    def _follow(self, path: str) -> str:
        if path.count("/") > _DEEPEST:
            return path
        todo = path.split("/")[::-1]
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if done:
                    done.pop()
                continue
            done.append(part)
            link = self._links.get("/".join(done))
            if link is None:
                continue
            links += 1
            if links > _MOST_LINKS or link.count("/") > _DEEPEST:
                return path
            if link.startswith("/"):
                done.clear()
            else:
                done.pop()
            todo.extend(link.split("/")[::-1])
        return "/".join(done)


def normal(path: str) -> str:
    """
    Return *path* without `.`, `..` and empty parts; what leads out of the root stays in it.

    >>> normal("opt/venv/lib/python3.11/site-packages/../../../bin/pip")
    'opt/venv/bin/pip'
    """
    done: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if done:
                done.pop()
        elif part not in ("", "."):
            done.append(part)
    return "/".join(done)
