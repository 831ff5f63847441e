"""
Source to byte code, run by the image's own interpreter in a process of its own.

A program that stands alone: it is started as `python -I -S -B compile_worker.py`, may
run under any Python 3 that an image can have, and imports nothing of boxwright.

Reads one JSON job from standard input:

    {"sources": [{"kind": "file", "root": "/unpacked", "prefix": "/", "paths": ["usr/lib/…/a.py"]},
                 {"kind": "zip", "archive": "/cache/torch.whl",
                  "members": [["torch/nn.py", "/opt/venv/…/torch/nn.py"]]}]}

A file's name in the image is *prefix* and its path; a zip member's stands beside it. For
every source, in the order given, it writes a frame to standard output: the length of the
name and the length of the byte code as two big-endian 32-bit numbers, the name in UTF-8,
the byte code of a `.pyc` with an unchecked hash (PEP 552). Source that does not compile
has no byte code, a length of zero. A frame with an empty name says that all is done.

What one processor compiles is what another compiles, byte by byte: but for the sign of a
NaN that the compiler computes, which is set here.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import marshal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

_UNCHECKED_HASH = b"\x01\x00\x00\x00"
_NAN = b"\x00\x00\x00\x00\x00\x00\xf8\x7f"
"""What computing gives that has no result, without its sign, as marshal has it."""
_FLOAT, _COMPLEX = b"g\xe7", b"y\xf9"
"""The types that marshal has before one number and before two, each without and with FLAG_REF."""


def sources(job: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, bytes]]:
    """Yield each source of *job* with its name in the image."""
    for source in job["sources"]:
        if source["kind"] == "zip":
            # Twice as long a start, which those without wheels need not pay.
            import zipfile

            with zipfile.ZipFile(source["archive"]) as archive:
                for member, name in source["members"]:
                    yield name, archive.read(member)
        else:
            for path in source["paths"]:
                yield source["prefix"] + path, Path(source["root"], path).read_bytes()


def bytecode(name: str, source: bytes) -> bytes:
    """Return *source* as the content of a .pyc, nothing where it does not compile."""
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    # MemoryError and RecursionError: "too many nested parentheses" and the like.
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return b""
    return (
        importlib.util.MAGIC_NUMBER
        + _UNCHECKED_HASH
        + importlib.util.source_hash(source)
        + _signed(marshal.dumps(code), code)
    )


def _signed(content: bytes, code: CodeType) -> bytes:
    """
    Return *content*, the dump of *code*, with the sign of every NaN among its constants set.

    What computes `1e999 - 1e999` sets it on x86, and does not on ARM.
    """
    places = list(_unsigned(content))
    if not places:
        return content
    values = {id(value): value for value in _constants(code) if isinstance(value, (float, complex))}
    known = sum(len(list(_unsigned(marshal.dumps(value)))) for value in values.values())
    # A string of bytes may look like a number, and must stay as it is.
    if len(places) != known:
        return content
    signed = bytearray(content)
    for place in places:
        signed[place] |= 0x80
    return bytes(signed)


def _unsigned(content: bytes) -> Iterator[int]:
    """Yield where the sign belongs of each NaN in *content* that has none."""
    at = content.find(_NAN)
    while at > 0:
        is_second = at >= 9 and content[at - 9] in _COMPLEX
        if content[at - 1] in _FLOAT + _COMPLEX or is_second:
            yield at + len(_NAN) - 1
        at = content.find(_NAN, at + 1)


def _constants(value: object) -> Iterator[object]:
    """Yield the constants in *value*, a constant or code, however deep they are."""
    if isinstance(value, CodeType):
        value = value.co_consts
    if isinstance(value, (tuple, frozenset)):
        for part in value:
            yield from _constants(part)
    else:
        yield value


def main() -> None:
    """Carry out the job on standard input."""
    warnings.simplefilter("ignore")
    # Nothing here makes cycles, and looking for them takes a tenth of the time.
    gc.disable()
    job = json.loads(sys.stdin.buffer.read())
    write = sys.stdout.buffer.write
    for name, source in sources(job):
        content = bytecode(name, source)
        encoded = name.encode()
        write(len(encoded).to_bytes(4, "big") + len(content).to_bytes(4, "big"))
        write(encoded)
        write(content)
    write(bytes(8))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
