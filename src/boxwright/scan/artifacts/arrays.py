"""NumPy's files of one array (NEP 1), which hold a pickle where its elements are objects."""

from __future__ import annotations

import math
import re

from boxwright.scan.artifacts.found import Found
from boxwright.scan.artifacts.pickles import Pickles

MAGIC = b"\x93NUMPY"

_LONGEST_HEADER = 1 << 20
_LONGEST_PLAIN = 1 << 13
_PLAIN = re.compile(
    r"\{'descr': (?:'(?P<type>[<>|=]?[?biufcmMSUV][0-9]{0,9}(?:\[[0-9A-Za-z]{1,9}\])?)'"
    r"|(?P<fields>\[[\w<>|=,()\[\]' ?]{0,4000}\]))"
    r", 'fortran_order': (?:True|False), 'shape': \((?P<shape>[0-9L, ]{0,400})\)[, ]{0,3}\}\s*"
)
"""A header as NumPy writes it; whatever reads otherwise may name objects in a way of its own."""
_OBJECTS = re.compile(r"O|object|' ?'")


class Array:
    """An `ArtifactParser` for `.npy` files."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._pickles: Pickles | None = None
        self._found = Found(role="dataset", format="numpy")
        self.is_over = False
        """Whether nothing of the rest matters."""

    def feed(self, piece: bytes) -> None:
        """Read the header, and walk what follows it where that may be a pickle."""
        if self._pickles is not None:
            self._pickles.feed(piece)
            self.is_over = self._pickles.is_over
            return
        header = self._header
        header += piece
        if len(header) < 12:
            return
        start = 10 if header[6] == 1 else 12
        length = int.from_bytes(header[8:start], "little")
        if length > _LONGEST_HEADER:
            self.is_over = True
            msg = f"its header says that it is {length:,} bytes long"
            raise ValueError(msg)
        if len(header) < start + length:
            return
        content = bytes(header[start + length :])
        if self._is_plain(header[start : start + length].decode("latin-1")):
            self.is_over = True
        else:
            self._pickles = Pickles()
            self._pickles.feed(content)
        header.clear()

    def finish(self) -> Found | None:
        """Return the array."""
        if self._pickles is not None:
            self._pickles.finish()
            self._found.tell_pickles(self._pickles)
            self._found.tell("dtype", "object")
        return self._found

    def _is_plain(self, header: str) -> bool:
        """Take note of what *header* says; tell whether no pickle follows it."""
        if len(header) > _LONGEST_PLAIN:
            return False
        plain = _PLAIN.fullmatch(header)
        if plain is None or (plain["fields"] and _OBJECTS.search(plain["fields"])):
            return False
        sizes = [int(part) for part in re.findall(r"[0-9]{1,18}", plain["shape"])]
        self._found.tell("dtype", plain["type"] or plain["fields"])
        self._found.tell("shape", " x ".join(map(str, sizes)) or "1")
        self._found.tell("elements", math.prod(sizes))
        return True
