"""GGUF files: architecture, size and quantisation of a model (ggml's docs/gguf.md)."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Generator

from boxwright.scan.artifacts.found import Found
from boxwright.scan.incremental import PEEK, Steps

MAGIC = b"GGUF"

_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_TENSOR_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS",
    17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
    23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
    34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
_TOLD = {
    "general.architecture": "architecture", "general.name": "name", "general.license": "licence",
    "general.size_label": "size", "general.organization": "organization",
}  # fmt: skip
_TEMPLATE = "tokenizer.chat_template"
_ESCAPES = re.compile(r"__[a-z]{2,20}__|\battr\s*\(|\|\s*attr\b|\bpopen\b")
"""What a chat template needs for nothing but to leave Jinja's sandbox."""
_MOST_KEYS = 100_000
_MOST_ITEMS = 4_000_000
_MOST_TENSORS = 200_000
_LONGEST_KEY = 1 << 16
_LONGEST_TEXT = 1 << 18
_LONGEST = 1 << 40


def read_gguf(found: Found) -> Steps:
    """Read the header of a GGUF file into *found*."""
    start = yield 8
    version = int.from_bytes(start[4:], "little")
    order = "<"
    if version > 0xFFFF:
        version, order = int.from_bytes(start[4:], "big"), ">"
    found.tell("version", version)
    yield from _Reader(found, order, "I" if version == 1 else "Q").read()


class _Reader:
    def __init__(self, found: Found, order: str, length: str) -> None:
        self._found = found
        self._order = order
        self._length = struct.Struct(order + length)
        self._items = 0
        self._elements: dict[str, int] = {}

    def read(self) -> Steps:
        tensors = yield from self._number()
        keys = yield from self._number()
        if keys > _MOST_KEYS or tensors > _MOST_TENSORS:
            msg = f"its header says that it has {keys:,} keys and {tensors:,} tensors"
            raise ValueError(msg)
        for _ in range(keys):
            key = yield from self._text(_LONGEST_KEY)
            kind = yield from self._scalar("I")
            yield from self._value(key, int(kind))
        for _ in range(tensors):
            yield from self._tensor()
        if tensors:
            self._found.tell("tensors", tensors)
            self._found.tell("parameters", sum(self._elements.values()))
            most = max(self._elements, key=lambda kind: self._elements[kind])
            self._found.details.setdefault("quantisation", most)

    def _value(self, key: str, kind: int) -> Steps:
        found = self._found
        if kind == _STRING:
            text = yield from self._text(_LONGEST_TEXT)
            if key in _TOLD:
                found.tell(_TOLD[key], text)
            elif key.startswith(_TEMPLATE):
                escapes = dict.fromkeys(_ESCAPES.findall(text))
                found.dangerous = tuple(f"{one.strip()} in its chat template" for one in escapes)
        elif kind == _ARRAY:
            inner = yield from self._scalar("I")
            count = yield from self._number()
            yield from self._array(int(inner), count)
        elif kind in _SCALARS:
            value = yield from self._scalar(_SCALARS[kind])
            if key == "general.file_type":
                found.tell("quantisation", _FILE_TYPES.get(int(value), int(value)))
            elif key.endswith(".context_length"):
                found.tell("context", int(value))
        else:
            msg = f"`{key[:60]}` in its header has a type that does not exist"
            raise ValueError(msg)

    def _array(self, kind: int, count: int) -> Steps:
        if kind in _SCALARS:
            length = struct.calcsize("<" + _SCALARS[kind]) * count
            yield -length
            return
        if kind != _STRING:
            msg = "its header has arrays of arrays"
            raise ValueError(msg)
        self._items += count
        if self._items > _MOST_ITEMS:
            msg = f"its header has {self._items:,} strings"
            raise ValueError(msg)
        width, length_of = self._length.size, self._length.unpack_from
        while count:
            there = yield PEEK
            at = 0
            while count and at + width <= len(there):
                (length,) = length_of(there, at)
                if at + width + length > len(there):
                    break
                at += width + length
                count -= 1
            yield -at
            if count:
                length = yield from self._number()
                yield -length
                count -= 1

    def _tensor(self) -> Steps:
        yield from self._text(_LONGEST_KEY)
        dimensions = yield from self._scalar("I")
        if dimensions > 8:
            msg = f"a tensor in its header has {dimensions} dimensions"
            raise ValueError(msg)
        sizes = struct.unpack(f"{self._order}{int(dimensions)}Q", (yield int(dimensions) * 8))
        kind = yield from self._scalar("I")
        yield -8
        name = _TENSOR_TYPES.get(int(kind), "other")
        if all(size < _LONGEST for size in sizes):
            self._elements[name] = self._elements.get(name, 0) + math.prod(sizes)

    def _number(self) -> Generator[int, bytes, int]:
        (number,) = self._length.unpack((yield self._length.size))
        if number > _LONGEST:
            msg = "a length in its header is larger than any file"
            raise ValueError(msg)
        return int(number)

    def _scalar(self, code: str) -> Generator[int, bytes, float]:
        (value,) = struct.unpack(self._order + code, (yield struct.calcsize("<" + code)))
        return value  # type: ignore[no-any-return]

    def _text(self, most: int) -> Generator[int, bytes, str]:
        length = yield from self._number()
        kept = min(length, most)
        text = yield kept
        yield kept - length
        return text.decode("utf-8", "replace")
