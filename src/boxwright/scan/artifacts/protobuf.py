"""Protocol buffers, read by steps: enough to find a few fields in a large message."""

from __future__ import annotations

from collections.abc import Generator

BYTES = 2
"""The wire type of strings, byte strings and messages."""


class Field:
    """One field: its number, its wire type, and its value or its length."""

    __slots__ = ("number", "size", "value", "wire")

    def __init__(self, number: int, wire: int, value: int, size: int) -> None:
        self.number = number
        self.wire = wire
        self.value = value
        """Of a number; of everything else the bytes of content, which come next."""
        self.size = size
        """Bytes of the field itself, with its content."""

    @property
    def rest(self) -> int:
        """Bytes of content that come next."""
        return self.value if self.wire == BYTES else 0


def read_field() -> Generator[int, bytes, Field]:
    """Read the next field up to its content; raises ValueError where there is none."""
    key, taken = yield from _varint()
    wire, number = key & 7, key >> 3
    if not number or wire not in (0, 1, BYTES, 5):
        msg = "the protocol buffer is damaged"
        raise ValueError(msg)
    if wire == 0 or wire == BYTES:
        value, more = yield from _varint()
        taken += more
    else:
        width = 8 if wire == 1 else 4
        value = int.from_bytes((yield width), "little")
        taken += width
    return Field(number, wire, value, taken + (value if wire == BYTES else 0))


def read_text(field: Field, most: int = 1 << 12) -> Generator[int, bytes, str]:
    """Read the content of *field* as text, of which no more than *most* bytes are kept."""
    kept = min(field.rest, most)
    text = yield kept
    yield kept - field.rest
    return text.decode("utf-8", "replace")


def _varint() -> Generator[int, bytes, tuple[int, int]]:
    value = 0
    for n in range(10):
        byte = (yield 1)[0]
        value |= (byte & 0x7F) << 7 * n
        if byte < 0x80:
            return value, n + 1
    msg = "the protocol buffer is damaged"
    raise ValueError(msg)


def varints(content: bytes) -> list[int]:
    """
    Return the numbers that *content* holds one after another.

    >>> varints(bytes([1, 0x80, 1]))
    [1, 128]
    """
    numbers, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:
            numbers.append(value)
            value = shift = 0
    return numbers
