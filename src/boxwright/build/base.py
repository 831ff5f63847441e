"""The lowest layers: the base, and the Debian packages that the wheels need; the base's Python."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.build.compiler import compile_files
from boxwright.build.fixups import CERTIFICATES, base_fixups, system_fixups
from boxwright.build.interpreter import Interpreter, interpreter_digest, worker_digest
from boxwright.build.remembered import Remembered, find_layer, keep_layer
from boxwright.build.unpacked import Unpacked, UnpackedEntry, UnpackedPackage, unpack, unpacked_key
from boxwright.debian.suite import (
    base_packages,
    find_suite,
    loader,
    own_architecture,
    triplet,
)
from boxwright.errors import BuildError
from boxwright.image.entry import Entry, Kind, file
from boxwright.image.image import Layer
from boxwright.image.layer import LayerWriter
from boxwright.lock.debian import fetch_debs
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import LockedDeb, PlatformLock
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.platform import parse_platform
from boxwright.progress import Progress
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport, readable_size

_FORMAT = 1
"""Raised when the same packages give another layer."""

_SHOWN = 20
"""How many packages the image's history names."""

_STATUS = "var/lib/dpkg/status.d"
_SELF_TEST = "import sys; print('%d.%d' % sys.version_info[:2])"


def base_layer(
    lock: PlatformLock,
    *,
    compiler: PlatformLock | None = None,
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> Layer:
    """
    Return the layer of the base: its packages, what their scripts would have made, byte code.

    The byte code of the standard library is made by the same Python in the base *compiler*,
    where that is for this machine and the image is not. It is left out where neither can be
    run here.
    """
    base = _Base(lock=lock, mirrors=mirrors, transport=transport, cache=cache, progress=progress)
    compiling = replace(base, lock=compiler) if compiler else base
    created_by = f"Debian {lock.suite}, {len(base.debs)} packages, {lock.variant}"
    with_bytecode = compiling.runs_here
    key = digest_of(
        canonical_json(
            {
                "layer": "base",
                "format": _FORMAT,
                "packages": base.key,
                "python": lock.python,
                "worker": worker_digest() if with_bytecode else "",
            }
        )
    )
    task = f"base: Debian {lock.suite}"
    found = find_layer(cache, key, created_by)
    if found is not None:
        progress.start(task)
        progress.finish(task, f"{readable_size(found.blob.descriptor.size)}, reused")
        return found
    unpacked = base.unpacked()
    interpreter = None
    if with_bytecode:
        interpreter = compiling.interpreter(compiling.unpacked() if compiler else unpacked)
    progress.start(task, sum(entry.size for entry in unpacked.entries().values()))
    # The interpreter compiles in its own process while the files are packed here.
    with ThreadPoolExecutor(1) as pool, cache.writer() as blob:
        compiled = pool.submit(_compiled_library, unpacked, interpreter, lock.python)
        layer = LayerWriter(blob.write)
        for entry, content in _base_members(unpacked, lock.python):
            layer.add_stream(entry, content)
            progress.advance(task, entry.size)
        for path, bytecode in compiled.result():
            layer.add(file(path, len(bytecode)), bytecode)
        remembered = Remembered.of(layer.close(), blob)
    progress.finish(task, readable_size(remembered.size))
    return keep_layer(cache, key, remembered, created_by)


def system_layer(
    lock: PlatformLock,
    *,
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> Layer | None:
    """Return the layer of the packages that were added to the base, None where there are none."""
    debs = [deb for deb in lock.debs if deb.role == "system"]
    if not debs:
        return None
    architecture = _architecture(lock)
    created_by = f"Debian {lock.suite}: {_listed([deb.name for deb in debs])}"
    key = digest_of(
        canonical_json(
            {
                "layer": "system",
                "format": _FORMAT,
                "packages": unpacked_key(debs, architecture, {}),
            }
        )
    )
    task = f"system libraries: {len(debs)} Debian packages"
    found = find_layer(cache, key, created_by)
    if found is not None:
        progress.start(task)
        progress.finish(task, f"{readable_size(found.blob.descriptor.size)}, reused")
        return found
    unpacked = unpack(
        debs,
        lambda: fetch_debs(
            debs, mirrors=mirrors, transport=transport, cache=cache, progress=progress
        ),
        architecture=architecture,
        parts={},
        cache=cache,
    )
    present = unpacked.entries()
    progress.start(task, sum(entry.size for entry in present.values()))
    fixups = dict(_by_path(system_fixups(present, triplet(architecture))))
    with cache.writer() as blob:
        layer = LayerWriter(blob.write)
        for entry, content in _members(unpacked, present, fixups):
            layer.add_stream(entry, content)
            progress.advance(task, entry.size)
        remembered = Remembered.of(layer.close(), blob)
    progress.finish(task, readable_size(remembered.size))
    return keep_layer(cache, key, remembered, created_by)


def open_interpreter(
    lock: PlatformLock,
    *,
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> Interpreter:
    """
    Return the Python of the base of *lock*, ready to be run on this machine.

    Raises BuildError where this machine cannot run it.
    """
    base = _Base(lock=lock, mirrors=mirrors, transport=transport, cache=cache, progress=progress)
    if not base.runs_here:
        raise BuildError(
            f"this machine ({platform.system()}, {platform.machine()}) cannot run the Python of an "
            f"image for {lock.platform}, which makes the byte code",
            hint='set `bytecode = "none"`, or build on a machine of that platform',
        )
    return base.interpreter(base.unpacked())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """The base of *lock*, and where to get it from."""

    lock: PlatformLock
    mirrors: Mirrors
    transport: Transport
    cache: Cache
    progress: Progress

    @property
    def debs(self) -> list[LockedDeb]:
        return [deb for deb in self.lock.debs if deb.role == "base"]

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        return dict(base_packages(find_suite(self.lock.suite), self.lock.variant).parts)

    @property
    def key(self) -> Digest:
        return unpacked_key(self.debs, _architecture(self.lock), self.parts)

    @property
    def runs_here(self) -> bool:
        return _architecture(self.lock) == own_architecture()

    def unpacked(self) -> Unpacked:
        debs = self.debs

        def fetch() -> Sequence[Path]:
            return fetch_debs(
                debs,
                mirrors=self.mirrors,
                transport=self.transport,
                cache=self.cache,
                progress=self.progress,
            )

        return unpack(
            debs,
            fetch,
            architecture=_architecture(self.lock),
            parts=self.parts,
            cache=self.cache,
        )

    def interpreter(self, unpacked: Unpacked) -> Interpreter:
        architecture, python = _architecture(self.lock), self.lock.python
        libraries = unpacked.root / "usr/lib" / triplet(architecture)
        interpreter = Interpreter(
            # The image's own loader and C library: the host's may be older, or musl's.
            argv=(
                str(libraries / loader(architecture)),
                "--inhibit-cache",
                "--library-path",
                str(libraries),
                str(unpacked.root / f"usr/bin/python{python}"),
                "-I",
                "-S",
                "-B",
                "-X",
                "utf8",
            ),
            env=(("LC_ALL", "C.UTF-8"), ("PATH", "/usr/bin:/bin")),
            python=python,
            digest=interpreter_digest(self.lock),
        )
        try_interpreter(interpreter)
        return interpreter


def try_interpreter(interpreter: Interpreter) -> None:
    """Raise BuildError where *interpreter* cannot be run on this machine."""
    hint = 'set `bytecode = "none"` to build without byte code'
    try:
        answer = subprocess.run(
            [*interpreter.argv, "-c", _SELF_TEST],
            env=dict(interpreter.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BuildError(
            f"the image's Python {interpreter.python} cannot be run on this machine: {error}",
            hint=hint,
        ) from error
    if answer.stdout.strip().decode(errors="replace") != interpreter.python:
        reason = answer.stderr.decode(errors="replace").strip() or f"status {answer.returncode}"
        raise BuildError(
            f"the image's Python {interpreter.python} cannot be run on this machine: {reason}",
            hint=hint,
        )


def _compiled_library(
    unpacked: Unpacked, interpreter: Interpreter | None, python: str
) -> list[tuple[str, bytes]]:
    if interpreter is None:
        return []
    sources = [
        path
        for path, entry in unpacked.entries().items()
        if entry.kind == Kind.FILE.value
        and path.startswith(f"usr/lib/python{python}/")
        and path.endswith(".py")
    ]
    return list(compile_files(interpreter, unpacked.root, "/", sources))


def _base_members(unpacked: Unpacked, python: str) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    present = unpacked.entries()
    certificates = b"".join(
        b"".join(unpacked.content(entry)).rstrip(b"\n") + b"\n"
        for path, entry in present.items()
        if path.startswith(CERTIFICATES) and path.endswith(".crt")
    )
    kept = {path: entry for path, entry in present.items() if not path.startswith(CERTIFICATES)}
    fixups = dict(_by_path(base_fixups(kept, certificates, python)))
    yield from _members(unpacked, kept, fixups)


def _members(
    unpacked: Unpacked,
    kept: dict[str, UnpackedEntry],
    fixups: dict[str, tuple[Entry, bytes]],
) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """Yield the members of a layer by path; what is made by us is put in place of what is there."""
    made = {**dict(_by_path(_status(unpacked.packages, kept))), **fixups}
    for path in sorted({*kept, *made}):
        if path in made:
            entry, content = made[path]
            # What we make is for packages that do not bring it themselves; but where they
            # have an empty folder for a script to replace, ours is the replacement.
            if path in kept and kept[path].kind != Kind.DIRECTORY.value:
                yield kept[path].entry(), _content(unpacked, kept[path])
            else:
                yield entry, iter((content,))
        else:
            yield kept[path].entry(), _content(unpacked, kept[path])


def _content(unpacked: Unpacked, entry: UnpackedEntry) -> Iterator[bytes]:
    return unpacked.content(entry) if entry.kind == Kind.FILE.value else iter(())


def _status(
    packages: Sequence[UnpackedPackage], kept: dict[str, UnpackedEntry]
) -> Iterator[tuple[Entry, bytes]]:
    """Yield what dpkg would know of *packages*, in the form that scanners know of distroless."""
    for package in packages:
        control = package.control.encode()
        yield file(f"{_STATUS}/{package.name}", len(control)), control
        sums = "".join(f"{md5}  {path}\n" for path, md5 in package.md5sums if path in kept)
        yield file(f"{_STATUS}/{package.name}.md5sums", len(sums.encode())), sums.encode()


def _by_path(
    members: Iterator[tuple[Entry, bytes]],
) -> Iterator[tuple[str, tuple[Entry, bytes]]]:
    for entry, content in members:
        yield entry.path, (entry, content)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _architecture(lock: PlatformLock) -> str:
    return parse_platform(lock.platform).architecture
