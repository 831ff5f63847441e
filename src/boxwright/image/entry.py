"""One member of a layer: a file, a directory or a link, with everything that a tar says of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

MTIME = 315532801
"""
1980-01-01T00:00:01Z, the time of every file of ours.

Not 1970: a zip file cannot hold it, so programs that pack what they find would fail.
"""


class Kind(enum.Enum):
    """What an entry is, by its tar type flag."""

    FILE = "0"
    HARDLINK = "1"
    SYMLINK = "2"
    DIRECTORY = "5"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A member of a layer.

    *path* is relative to the image's root, with `/` between its parts, none at either
    end, and no part that is empty, `.` or `..`. *size* is that of a file's content;
    *link* is the target of a link, for a hard link a *path* of the same layer.
    """

    path: str
    kind: Kind = Kind.FILE
    mode: int = 0o644
    size: int = 0
    link: str = ""
    uid: int = 0
    gid: int = 0
    mtime: int = MTIME


def directory(path: str, mode: int = 0o755, *, uid: int = 0, gid: int = 0) -> Entry:
    """Return the entry of a directory."""
    return Entry(path, Kind.DIRECTORY, mode, uid=uid, gid=gid)


def file(path: str, size: int, mode: int = 0o644, *, uid: int = 0, gid: int = 0) -> Entry:
    """Return the entry of a file with *size* bytes."""
    return Entry(path, Kind.FILE, mode, size, uid=uid, gid=gid)


def symlink(path: str, target: str) -> Entry:
    """Return the entry of a symbolic link."""
    return Entry(path, Kind.SYMLINK, 0o777, link=target)


def parents(path: str) -> list[str]:
    """
    Return the directories above *path*, outermost first.

    >>> parents("opt/venv/bin/python")
    ['opt', 'opt/venv', 'opt/venv/bin']
    """
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
