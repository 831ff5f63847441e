"""The byte code of wheels: made, kept, and put into layers of its own."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from boxwright.build.compiler import bytecode_path, compile_source, read_frames
from boxwright.build.interpreter import Interpreter
from boxwright.build.remembered import Remembered
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheel_task import verify
from boxwright.build.wheel_tree import module_targets
from boxwright.errors import StoreError
from boxwright.image.entry import file
from boxwright.image.layer import LayerWriter
from boxwright.oci.digest import Digest, parse_digest
from boxwright.store.cache import Cache
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.spread import Environment, spread


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


def compile_identity(
    wheel: WheelFile, environment: Environment, compiled_by: Digest, only: Sequence[str] | None
) -> dict[str, Any]:
    """Return what decides the byte code that the interpreter *compiled_by* makes of *wheel*."""
    return {
        "kind": "bytecode",
        "environment": asdict(environment),
        "wheel": wheel.digest,
        "interpreter": compiled_by,
        "only": only,
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
        for name, content in compile_source(task.interpreter, source, list(sizes)):
            blob.write(packed.compress(_frame(name, content)))
            advance(sizes[name])
        blob.write(packed.flush())
        return CompileResult(digest=blob.commit(), size=blob.size)


def write_bytecode_layer(task: BytecodeLayerTask, cache: Cache) -> Remembered:
    """Write the layer of *task* to *cache*; modules are in the order of their sources."""
    with contextlib.ExitStack() as stack:
        packs = [
            read_frames(stack.enter_context(_unpacked(cache, digest))) for digest in task.compiled
        ]
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


def _frame(name: str, content: bytes) -> bytes:
    encoded = name.encode()
    sizes = len(encoded).to_bytes(4, "big") + len(content).to_bytes(4, "big")
    return b"".join((sizes, encoded, content))
