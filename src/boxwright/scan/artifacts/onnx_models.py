"""ONNX models: who made them for which operators, how large they are, and what lies beside them."""

from __future__ import annotations

import math
from collections.abc import Generator

from boxwright.scan.artifacts.found import Found
from boxwright.scan.artifacts.protobuf import BYTES, Field, read_field, read_text, varints
from boxwright.scan.incremental import Steps

_IR_VERSION, _PRODUCER, _PRODUCER_VERSION, _DOMAIN, _GRAPH, _OPSET = 1, 2, 3, 4, 7, 8
_INITIALIZER, _GRAPH_NAME = 5, 2
_DIMS, _DATA_TYPE, _EXTERNAL = 1, 2, 13
_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 21: "uint4", 22: "int4",
}  # fmt: skip
_MOST_FIELDS = 500_000
_MOST_FILES = 20


def may_be_onnx(name: str, start: bytes) -> bool:
    """Tell whether a file called *name* that begins with *start* may be an ONNX model."""
    if start[:1] != b"\x08" or len(start) < 16 or not 0 < start[1] < 32:
        return False
    return name.endswith(".onnx") or (
        start[2] == 0x12 and 0 < start[3] < 64 and start[4:5].isalpha()
    )


def read_onnx(found: Found, size: int, *, is_sure: bool) -> Steps:
    """Read a ModelProto of *size* bytes (onnx.proto) into *found*."""
    found.role, found.format = ("model", "onnx") if is_sure else ("", "")
    graph = _Graph()
    left = size
    for _ in range(_MOST_FIELDS):
        if left <= 0:
            break
        field = yield from read_field()
        left -= field.size
        if field.number == _IR_VERSION:
            found.tell("ir version", field.value)
        elif field.number in (_PRODUCER, _PRODUCER_VERSION) and field.wire == BYTES:
            text = yield from read_text(field)
            known = found.details.get("producer", "")
            found.tell("producer", f"{known} {text}")
        elif field.number == _GRAPH and field.wire == BYTES:
            found.role, found.format = "model", "onnx"
            yield from graph.read(field.value)
        elif field.number == _OPSET and field.wire == BYTES:
            domain, version = yield from _opset(field.value)
            if domain in ("", "ai.onnx"):
                found.tell("opset", version)
            else:
                found.tell("domains", f"{found.details.get('domains', '')} {domain}")
        else:
            yield -field.rest
        graph.tell(found)


class _Graph:
    """What its initializers add up to."""

    def __init__(self) -> None:
        self._name = ""
        self._tensors = 0
        self._elements: dict[str, int] = {}
        self._files: dict[str, None] = {}
        self._budget = _MOST_FIELDS

    def read(self, size: int) -> Steps:
        while size > 0 and self._budget > 0:
            field = yield from self._field()
            size -= field.size
            if field.number == _INITIALIZER and field.wire == BYTES:
                yield from self._tensor(field.value)
            elif field.number == _GRAPH_NAME and field.wire == BYTES:
                self._name = yield from read_text(field)
            else:
                yield -field.rest
        yield -max(size, 0)

    def tell(self, found: Found) -> None:
        if self._elements:
            found.tell("parameters", sum(self._elements.values()))
            found.tell("dtype", max(self._elements, key=lambda kind: self._elements[kind]))
            found.tell("tensors", self._tensors)
        found.tell("name", self._name)
        found.tell("external data", ", ".join(self._files))
        found.unknown = tuple(
            f"external data outside of its folder: `{file}`"
            for file in self._files
            if file.startswith(("/", "\\")) or ".." in file.replace("\\", "/").split("/")
        )

    def _field(self) -> Generator[int, bytes, Field]:
        self._budget -= 1
        return (yield from read_field())

    def _tensor(self, size: int) -> Steps:
        dims: list[int] = []
        kind = 0
        while size > 0 and self._budget > 0:
            field = yield from self._field()
            size -= field.size
            if field.number == _DIMS and field.wire == 0:
                dims.append(field.value)
            elif field.number == _DIMS and field.wire == BYTES and field.value < 4096:
                dims.extend(varints((yield field.value)))
            elif field.number == _DATA_TYPE and field.wire == 0:
                kind = field.value
            elif field.number == _EXTERNAL and field.wire == BYTES:
                yield from self._external(field.value)
            else:
                yield -field.rest
        yield -max(size, 0)
        name = _TYPES.get(kind, "other")
        self._tensors += 1
        if len(dims) <= 32 and all(dim < 1 << 40 for dim in dims):
            self._elements[name] = self._elements.get(name, 0) + math.prod(dims)

    def _external(self, size: int) -> Steps:
        key = value = ""
        while size > 0 and self._budget > 0:
            field = yield from self._field()
            size -= field.size
            if field.wire != BYTES:
                continue
            text = yield from read_text(field)
            if field.number == 1:
                key = text
            elif field.number == 2:
                value = text
        yield -max(size, 0)
        if key == "location" and len(self._files) < _MOST_FILES:
            self._files[value[:200]] = None


def _opset(size: int) -> Generator[int, bytes, tuple[str, int]]:
    domain, version = "", 0
    while size > 0:
        field = yield from read_field()
        size -= field.size
        if field.number == 1 and field.wire == BYTES:
            domain = yield from read_text(field)
        elif field.number == 2 and field.wire == 0:
            version = field.value
        else:
            yield -field.rest
    yield -max(size, 0)
    return domain, version
