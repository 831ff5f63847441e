"""
Source to byte code by the image's own interpreter, in a process of its own.

What is compiled together is compiled by one fresh process, in sorted order: the bytes
of a module may depend on what the process compiled before it (references to interned
objects, `marshal`'s FLAG_REF).
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from boxwright.build.interpreter import Interpreter
from boxwright.errors import BuildError

_WORKER = Path(__file__).with_name("compile_worker.py")
_LONGEST_NAME, _MOST_BYTECODE = 1 << 16, 1 << 29
_PATIENCE = 5
"""Seconds that a failing interpreter has for ending by itself, which tells more."""

_SHOWN = 2000
"""How much of what a failing interpreter says is shown."""

_NO_BYTECODE = 'set `bytecode = "none"` under [tool.boxwright.layers] to build without byte code'


def compile_files(
    interpreter: Interpreter, folder: Path, prefix: str, paths: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """
    Yield the byte code of the sources *paths* in *folder*, by its path in the image's root.

    In the image the sources are at *prefix* and their path. Source that does not
    compile has none.
    """
    root = str(folder.absolute())
    names = {prefix + path: path for path in sorted(paths)}
    source = {"kind": "file", "root": root, "prefix": prefix, "paths": list(names.values())}
    if names:
        for name, content in compile_source(interpreter, source, list(names)):
            if content:
                yield bytecode_path(name, interpreter.python), content


def check_compiler(interpreter: Interpreter) -> None:
    """Raise BuildError unless *interpreter* has what it takes to compile files."""
    for _ in compile_source(interpreter, {"kind": "file", "paths": []}, []):
        pass


def bytecode_path(source: str, python: str) -> str:
    """
    Return where the byte code of *source* belongs (PEP 3147), relative to the root.

    >>> bytecode_path("/app/main.py", "3.13")
    'app/__pycache__/main.cpython-313.pyc'
    """
    folder, name = posixpath.split(source.lstrip("/"))
    tag = f"cpython-{python.replace('.', '')}"
    return posixpath.join(folder, "__pycache__", f"{name.removesuffix('.py')}.{tag}.pyc")


def compile_source(
    interpreter: Interpreter, source: dict[str, Any], names: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the byte code of each of *names*, which the sources of *source* are called."""
    with contextlib.ExitStack() as stack:
        complaints = stack.enter_context(tempfile.TemporaryFile())
        try:
            process = stack.enter_context(
                subprocess.Popen(
                    [*interpreter.argv, str(_WORKER.absolute())],
                    env=dict(interpreter.env),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                )
            )
        except OSError as error:
            raise BuildError(
                f"the image's interpreter cannot be started: {error.strerror or error}",
                hint=_NO_BYTECODE,
            ) from error
        stack.callback(process.kill)
        if process.stdin is None or process.stdout is None:
            raise _failed(process, complaints)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps({"sources": [source]}).encode())
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        frames = read_frames(process.stdout)
        for name in names:
            answered, content = next(frames, ("", b""))
            if answered != name:
                raise _failed(process, complaints)
            yield name, content
        if process.stdout.read(8) != bytes(8) or process.wait() != 0:
            raise _failed(process, complaints)


def read_frames(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents that compile_worker.py writes, up to the end of *stream*."""
    while len(sizes := stream.read(8)) == 8:
        name_size, size = int.from_bytes(sizes[:4], "big"), int.from_bytes(sizes[4:], "big")
        if not 0 < name_size <= _LONGEST_NAME or size > _MOST_BYTECODE:
            return
        name, content = stream.read(name_size), stream.read(size)
        if len(name) != name_size or len(content) != size:
            return
        yield name.decode(errors="replace"), content


def _failed(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> BuildError:
    try:
        code = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        code = 0
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4 * _SHOWN))
    why = complaints.read(4 * _SHOWN).decode(errors="replace").strip()[-_SHOWN:]
    why = why or (f"status {code}" if code else "it answered something else")
    return BuildError(
        f"the image's interpreter failed at making byte code: {why}",
        hint=_NO_BYTECODE,
    )
