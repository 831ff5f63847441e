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
from typing import Any

_UNCHECKED_HASH = b"\x01\x00\x00\x00"


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
        + marshal.dumps(code)
    )


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
