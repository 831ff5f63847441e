"""Parsers that read a file piece by piece: written as if it were all there, kept to what they ask for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final, TypeAlias

Steps: TypeAlias = Generator[int, bytes, None]
"""
A parser of a file, from its first byte on.

It yields how many of the next bytes it wants and is given exactly so many; `-n` passes over
*n* bytes and gives none. It has to keep what it asks for small.
"""
PEEK: Final = -(1 << 70)
"""Gives steps what happens to be there already, without taking it; that may be nothing."""

SHORT = "the file is cut short"


class Incremental:
    """Gives steps the pieces that they ask for."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._kept = bytearray()
        self._wanted = 0
        self.is_over = False
        """Whether the steps came to their end, so that nothing of the rest matters."""
        self._position = 0
        self._go_on(None)

    @property
    def taken(self) -> int:
        """How many bytes were taken or passed over."""
        return self._position + len(self._kept)

    def feed(self, piece: bytes) -> None:
        """Give *piece* to the steps; raises what they raise."""
        at, size = 0, len(piece)
        kept = self._kept
        while not self.is_over:
            wanted = self._wanted
            if wanted == PEEK:
                self._go_on(piece[at:])
            elif wanted < 0:
                passed = min(-wanted, size - at)
                at += passed
                self._position += passed
                self._wanted = wanted + passed
                if self._wanted:
                    return
                self._go_on(b"")
            elif kept:
                taken = piece[at : at + wanted - len(kept)]
                kept += taken
                at += len(taken)
                if len(kept) < wanted:
                    return
                content = bytes(kept)
                kept.clear()
                self._position += wanted
                self._go_on(content)
            elif size - at >= wanted:
                at += wanted
                self._position += wanted
                self._go_on(piece[at - wanted : at])
            else:
                kept += piece[at:]
                return

    def _go_on(self, content: bytes | None) -> None:
        try:
            # A generator that was not started yet takes None only.
            wanted = next(self._steps) if content is None else self._steps.send(content)
            while not wanted:
                wanted = self._steps.send(b"")
            self._wanted = wanted
        except StopIteration:
            self.is_over = True
        except BaseException:
            self.is_over = True
            raise
