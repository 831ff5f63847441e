"""
Byte code for the image, made by the image's own interpreter.

What is compiled together is compiled by one fresh process, in sorted order: the bytes
of a module may depend on what the process compiled before it (references to interned
objects, `marshal`'s FLAG_REF).
"""

from __future__ import annotations

import contextlib
import heapq
import json
import posixpath
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from boxwright.build import compile_worker
from boxwright.build.interpreter import Interpreter
from boxwright.build.remembered import Remembered
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheel_task import verify
from boxwright.build.wheel_tree import module_targets
from boxwright.errors import BuildError, StoreError
from boxwright.image.entry import file
from boxwright.image.layer import LayerWriter
from boxwright.oci.digest import Digest, parse_digest
from boxwright.store.cache import Cache
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.spread import Environment, spread

_LONGEST_NAME, _MOST_BYTECODE = 1 << 16, 1 << 29
_PATIENCE = 5
"""Seconds that a failing interpreter has for ending by itself, which tells more."""

_SHOWN = 2000
"""How much of what a failing interpreter says is shown."""

_NO_BYTECODE = 'set `bytecode = "none"` under [tool.boxwright.layers] to build without byte code'


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileTask:
    """Compile the modules of *wheel*, or those of them that are in *only*."""

    wheel: WheelFile
    environment: Environment
    interpreter: Interpreter
    only: tuple[str, ...] | None = None
    """Absolute paths of sources in the image, sorted."""

    def to_dict(self) -> dict[str, Any]:
        """Return the task as JSON."""
        return {
            "wheel": self.wheel.to_dict(),
            "environment": asdict(self.environment),
            "interpreter": asdict(self.interpreter),
            "only": self.only,
        }

    @staticmethod
    def from_dict(document: dict[str, Any]) -> CompileTask:
        """Return what `to_dict` gave."""
        interpreter = document["interpreter"]
        return CompileTask(
            wheel=WheelFile.from_dict(document["wheel"]),
            environment=Environment(**document["environment"]),
            interpreter=Interpreter(
                argv=tuple(interpreter["argv"]),
                env=tuple((name, value) for name, value in interpreter["env"]),
                python=interpreter["python"],
                digest=parse_digest(interpreter["digest"]),
            ),
            only=None if document["only"] is None else tuple(document["only"]),
        )

    def identity(self) -> dict[str, Any]:
        """Return what decides the byte code."""
        return {
            "kind": "bytecode",
            "environment": asdict(self.environment),
            "wheel": self.wheel.digest,
            "interpreter": self.interpreter.digest,
            "only": self.only,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileResult:
    """The byte code of a wheel: a blob that `write_bytecode_layer` reads."""

    digest: Digest
    size: int

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(document: dict[str, Any]) -> CompileResult:
        """Return what `to_dict` gave."""
        return CompileResult(digest=parse_digest(document["digest"]), size=document["size"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BytecodeLayerTask:
    """Write the layer of what `compile_wheel` gave for some wheels."""

    compiled: tuple[Digest, ...]
    python: str

    def to_dict(self) -> dict[str, Any]:
        """Return the task as JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(document: dict[str, Any]) -> BytecodeLayerTask:
        """Return what `to_dict` gave."""
        return BytecodeLayerTask(
            compiled=tuple(map(parse_digest, document["compiled"])), python=document["python"]
        )


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
        for name, content in _compile(interpreter, source, list(names)):
            if content:
                yield bytecode_path(name, interpreter.python), content


def bytecode_path(source: str, python: str) -> str:
    """
    Return where the byte code of *source* belongs (PEP 3147), relative to the root.

    >>> bytecode_path("/app/main.py", "3.13")
    'app/__pycache__/main.cpython-313.pyc'
    """
    folder, name = posixpath.split(source.lstrip("/"))
    tag = f"cpython-{python.replace('.', '')}"
    return posixpath.join(folder, "__pycache__", f"{name.removesuffix('.py')}.{tag}.pyc")


def compile_wheel(task: CompileTask, cache: Cache, advance: Callable[[int], None]) -> CompileResult:
    """Compile what *task* says into *cache*; *advance* is told the bytes of source that are done."""
    wheel = task.wheel
    verify(wheel)
    with open_wheel(wheel.path, wheel.label) as archive:
        found = spread(archive, task.environment, direct_url=wheel.direct_url)
    only = None if task.only is None else set(task.only)
    sizes: dict[str, int] = {}
    members: list[tuple[str, str]] = []
    for target in module_targets(found, task.environment):
        name = f"/{target.path}"
        if target.member is not None and (only is None or name in only):
            sizes[name] = target.member.size
            members.append((target.member.name, name))
    source = {"kind": "zip", "archive": str(wheel.path.absolute()), "members": members}
    with cache.writer() as blob:
        packed = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)
        for name, content in _compile(task.interpreter, source, list(sizes)):
            blob.write(packed.compress(_frame(name, content)))
            advance(sizes[name])
        blob.write(packed.flush())
        return CompileResult(digest=blob.commit(), size=blob.size)


def write_bytecode_layer(task: BytecodeLayerTask, cache: Cache) -> Remembered:
    """Write the layer of *task* to *cache*; modules are in the order of their sources."""
    with contextlib.ExitStack() as stack:
        packs = [_frames(stack.enter_context(_unpacked(cache, digest))) for digest in task.compiled]
        blob = stack.enter_context(cache.writer())
        layer = LayerWriter(blob.write)
        for name, content in heapq.merge(*packs, key=lambda frame: frame[0]):
            path = bytecode_path(name, task.python)
            # Two wheels may bring one file, if it is the same; the first one's is kept.
            if content and path not in layer:
                layer.add(file(path, len(content)), content)
        return Remembered.of(layer.close(), blob)


def _unpacked(cache: Cache, digest: Digest) -> IO[bytes]:
    path = cache.find(digest)
    if path is None:
        raise StoreError(
            f"the byte code {digest} is no longer in the cache",
            hint="build again; do not clean the cache while a build is running",
        )
    # isal's own file class says nothing of types, but is what `gzip.open` would give.
    return cast("IO[bytes]", igzip.open(path, "rb"))  # type: ignore[no-untyped-call]


def _compile(
    interpreter: Interpreter, source: dict[str, Any], names: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the byte code of each of *names*, which the sources of *source* are called."""
    with contextlib.ExitStack() as stack:
        complaints = stack.enter_context(tempfile.TemporaryFile())
        try:
            process = stack.enter_context(
                subprocess.Popen(
                    [*interpreter.argv, str(Path(compile_worker.__file__).absolute())],
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
        frames = _frames(process.stdout)
        for name in names:
            answered, content = next(frames, ("", b""))
            if answered != name:
                raise _failed(process, complaints)
            yield name, content
        if process.stdout.read(8) != bytes(8) or process.wait() != 0:
            raise _failed(process, complaints)


def _frame(name: str, content: bytes) -> bytes:
    encoded = name.encode()
    sizes = len(encoded).to_bytes(4, "big") + len(content).to_bytes(4, "big")
    return b"".join((sizes, encoded, content))


def _frames(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
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
    complaints.seek(0)
    why = complaints.read().decode(errors="replace").strip()[-_SHOWN:]
    why = why or (f"status {code}" if code else "it answered something else")
    return BuildError(
        f"the image's interpreter failed at making byte code: {why}",
        hint=_NO_BYTECODE,
    )
