"""Safetensors files: which tensors they say they have, and whether these are there."""

from __future__ import annotations

import json
import math

import msgspec

from boxwright.scan.artifacts.found import Found
from boxwright.scan.incremental import Steps

_LONGEST = 8 << 20
"""A header of sixty thousand tensors has about so much; the format allows 100 MB."""
_LONGEST_METADATA = 1 << 20
_METADATA = b'"__metadata__"'
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "U16": 16, "I16": 16,
    "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
    "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
_TOLD = {
    "format": "framework", "license": "licence", "modelspec.license": "licence",
    "modelspec.architecture": "architecture", "modelspec.title": "name",
}  # fmt: skip


class _Tensor(msgspec.Struct, gc=False):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def may_be_safetensors(size: int, start: bytes) -> bool:
    """Tell whether a file of *size* bytes that begins with *start* has such a header."""
    if start[8:9] != b"{" or start[7] or start[6] or start[5]:
        return False
    length = int.from_bytes(start[:8], "little")
    return 2 <= length <= max(size - 8, 2) and start[9:10] in b'"} \n'


def read_safetensors(found: Found, size: int) -> Steps:
    """Read the header of a file of *size* bytes into *found*."""
    length = int.from_bytes((yield 8), "little")
    if length > size - 8:
        msg = "its header is longer than the file"
        raise ValueError(msg)
    if length > _LONGEST:
        found.tell("unread", f"its header of {length:,} bytes")
        return
    text = yield length
    try:
        text, metadata = _without_metadata(text.rstrip(b" "))
        tensors = list(msgspec.json.decode(text, type=dict[str, _Tensor]).values())
    except (ValueError, RecursionError) as error:
        msg = "its header is no list of tensors"
        raise ValueError(msg) from error
    _tell(found, tensors)
    for key, name in _TOLD.items():
        if isinstance(value := metadata.get(key), str):
            found.tell(name, value)
    end = max((tensor.data_offsets[1] for tensor in tensors), default=0)
    if end != size - 8 - length:
        how = "more" if end < size - 8 - length else "less"
        msg = f"it has {how} bytes than its header says"
        raise ValueError(msg)


def _tell(found: Found, tensors: list[_Tensor]) -> None:
    elements: dict[str, int] = {}
    for tensor in tensors:
        if len(tensor.shape) > 32 or not all(0 <= n < 1 << 48 for n in tensor.shape):
            msg = "a tensor in its header has a shape that cannot be"
            raise ValueError(msg)
        count = math.prod(tensor.shape)
        bits = _BITS.get(tensor.dtype)
        begin, end = tensor.data_offsets
        if bits is not None and (end - begin) * 8 != count * bits:
            msg = "a tensor in its header has more or less bytes than its shape needs"
            raise ValueError(msg)
        elements[tensor.dtype] = elements.get(tensor.dtype, 0) + count
    found.tell("tensors", len(tensors))
    found.tell("parameters", sum(elements.values()))
    if elements:
        found.tell("dtype", max(elements, key=lambda dtype: elements[dtype]))


def _without_metadata(text: bytes) -> tuple[bytes, dict[str, object]]:
    """
    Return a header without what is no tensor, and that.

    >>> _without_metadata(b'{"__metadata__": {"format": "pt"}, "a": {}}')
    (b'{ "a": {}}', {'format': 'pt'})
    """
    at = text.find(_METADATA)
    begin = text.find(b"{", at)
    if at < 0 or begin < 0:
        return text, {}
    part = text[begin : begin + _LONGEST_METADATA].decode("utf-8", "replace")
    metadata, length = json.JSONDecoder().raw_decode(part)
    before = text[:at].rstrip()
    after = text[begin + len(part[:length].encode()) :].lstrip()
    if after.startswith(b","):
        after = after[1:]
    else:
        before = before.removesuffix(b",")
    return before + after, metadata if isinstance(metadata, dict) else {}
