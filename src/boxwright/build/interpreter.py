"""The image's own Python interpreter, as it is started on the machine that builds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from boxwright.lock.compiling import pythons
from boxwright.lock.model import PlatformLock
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.store.cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """
    A way to run the Python of the image without root and without entering the image.

    Start it with `[*argv, script, …]` and exactly *env* as its environment. It runs
    isolated, without `site`, and writes no byte code of its own.
    """

    argv: tuple[str, ...]
    """The loader of the image's C library, the interpreter and its options."""
    env: tuple[tuple[str, str], ...]
    """The whole environment; nothing of the builder's is passed on."""
    python: str
    """Its minor version: `3.13`."""
    digest: Digest
    """Tells two interpreters apart that may compile the same source differently."""


def find_interpreter(cache: Cache, lock: PlatformLock) -> Interpreter | None:
    """Return the interpreter of *lock* as it was opened before, if it is still there."""
    record = cache.recall("interpreters", _key(lock))
    if record is None:
        return None
    try:
        interpreter = msgspec.convert(record, Interpreter)
    except msgspec.ValidationError:
        return None
    programs = [Path(word) for word in interpreter.argv if word.startswith("/")]
    return interpreter if all(program.exists() for program in programs) else None


def keep_interpreter(cache: Cache, lock: PlatformLock, interpreter: Interpreter) -> None:
    """Remember how the interpreter of *lock* is started on this machine."""
    cache.remember("interpreters", _key(lock), asdict(interpreter))


def _key(lock: PlatformLock) -> Digest:
    base = [deb.digest for deb in lock.debs if deb.role == "base"]
    if lock.image is not None:
        base.append(lock.image.digest)
    return digest_of(
        canonical_json(
            {"base": base, "variant": lock.variant, "interpreter": interpreter_digest(lock)}
        )
    )


def interpreter_digest(lock: PlatformLock) -> Digest:
    """
    Return the digest of what byte code depends on: Python's packages, and our use of them.

    Byte code is the same for every architecture, and made on the one that builds. An image's
    own Python is known by the layers that it is in.
    """
    packages: list[object] = list(pythons(lock))
    if lock.image is not None:
        python = lock.image.python
        packages = [lock.image.layers[at].diff_id for at in python.layers]
        packages.append(digest_of(python.program.encode()))
    return digest_of(canonical_json({"packages": packages, "worker": worker_digest()}))


def worker_digest() -> Digest:
    """Return the digest of the program that compiles."""
    return digest_of(Path(__file__).with_name("compile_worker.py").read_bytes())
