"""
Contents indexes: which package has which shared library.

An index lists every file of a suite, 150 MB of text; kept of it are the libraries in the
folders that the loader searches, in a compact form (MessagePack).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

FORMAT = 1
"""Raised when the compact form changes, so that an older one in the cache is not read."""


class ContentsIndex:
    """Which packages have a library, in the compact form."""

    def __init__(self, compact: bytes) -> None:
        try:
            self._packages = msgspec.msgpack.decode(compact, type=dict[str, list[str]])
        except msgspec.MsgspecError as error:
            msg = "this is no compact contents index"
            raise ValueError(msg) from error

    def packages(self, library: str) -> Sequence[str]:
        """
        Return the packages that have *library* (`libz.so.1`), the plainest name first.

        Variants have longer names: `libavcodec61` and `libavcodec-extra61`.
        """
        return sorted(self._packages.get(library, ()), key=lambda name: (len(name), name))


def compact(text: Iterable[bytes], triplet: str) -> bytes:
    """Return the compact form of the Contents file that comes in pieces as *text*."""
    line = re.compile(
        rb"^(?:usr/)?lib/(?:%b/)?([^/\s]+\.so(?:\.[^/\s]+)?)[ \t]+(\S+)$"
        % re.escape(triplet.encode()),
        re.MULTILINE,
    )
    packages: dict[str, list[str]] = {}
    for piece in _lines(text):
        for library, locations in line.findall(piece):
            names = packages.setdefault(library.decode(errors="replace"), [])
            # "section/name", several with commas between.
            for location in locations.decode(errors="replace").split(","):
                name = location.rpartition("/")[2]
                if name not in names and not name.endswith("-dev"):
                    names.append(name)
    return msgspec.msgpack.encode({name: who for name, who in packages.items() if who})


def _lines(text: Iterable[bytes]) -> Iterable[bytes]:
    """Yield *text* in pieces that end where a line ends."""
    rest = b""
    for piece in text:
        whole, newline, last = piece.rpartition(b"\n")
        if newline:
            yield rest + whole
            rest = last
        else:
            rest += piece
    yield rest
