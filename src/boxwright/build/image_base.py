"""
What is put on an image that is the base, and its Python as it is started on this machine.

Of the base's layers only what the interpreter consists of is unpacked, into the cache: files
by names that the lock has, never links, and nothing is entered or followed.
"""

from __future__ import annotations

import contextlib
import posixpath
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxwright.build.base import try_interpreter
from boxwright.build.compiler import bytecode_path, compile_files
from boxwright.build.fixups import USER
from boxwright.build.interpreter import Interpreter, interpreter_digest
from boxwright.build.remembered import Remembered, find_layer, keep_layer
from boxwright.errors import BuildError
from boxwright.image.compression import TRANSFORM
from boxwright.image.decompress import decompressed
from boxwright.image.elf import read_elf
from boxwright.image.entry import directory, file
from boxwright.image.image import Layer
from boxwright.image.layer import LayerWriter
from boxwright.image.walk import Header, Walk
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of, hex_of
from boxwright.store.copy import reading_failed

if TYPE_CHECKING:
    from boxwright.build.foundation import Foundation
    from boxwright.lock.model import LockedImage, PlatformLock
    from boxwright.oci.digest import Digest
    from boxwright.progress import Progress
    from boxwright.store.cache import Cache

_FORMAT = 1
"""Raised when the same base gives another layer."""
_FORMAT_OF_UNPACKED = 1
_LIST = "interpreter.json"
_ROOT = "root"
_LIBRARIES = "libraries"
_MOST_FILES = 100_000
_MOST_BYTES = 2 << 30
"""Of an interpreter with its libraries: larger is made to do harm."""
_MOST_OF_LIBRARY = 64 << 20
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo"})
"""Folders of the standard library that no service imports from."""
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_NAME = "nonroot"
_HINT = 'set `bytecode = "none"` to build without byte code'


class _Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """What of an interpreter was unpacked."""

    loader: str
    """The file name of the loader, among the libraries."""
    sources: list[str]
    """The modules of the standard library, by their paths in the image."""
    compiled: list[str]
    """The byte code that the base has already."""


def adapting_layer(
    lock: PlatformLock,
    *,
    compiled_by: Digest | None,
    open_interpreter: Callable[[], Interpreter],
    open_base: Callable[[], Foundation],
    cache: Cache,
    progress: Progress,
) -> Layer:
    """
    Return the layer between the base of *lock* and ours.

    It has the user that we run as, and where the digest *compiled_by* is given the byte code
    of the standard library that the base lacks. The interpreter and the base are opened only if
    they are needed.
    """
    image = lock.image
    assert image is not None  # noqa: S101 (asked for only where there is one)
    accounts, groups = _with_user(image)
    created_by = f"the user {_NAME} on {image.name}"
    if compiled_by is not None:
        created_by += ", byte code of its Python"
    key = digest_of(
        canonical_json(
            {
                "layer": "on an image",
                "format": _FORMAT,
                "transform": TRANSFORM,
                "python": compiled_by or "",
                "library": image.python.library,
                "accounts": accounts,
                "groups": groups,
            }
        )
    )
    found = find_layer(cache, key, created_by)
    if found is not None:
        return found
    bytecode: dict[str, bytes] = {}
    if compiled_by is not None:
        interpreter = open_interpreter()
        folder = _folder(lock, cache)
        unpacked = _read(folder)
        if unpacked is None:
            # What compiles is the Python of another platform's image.
            unpacked = _unpack(open_base(), folder, cache, progress)
        there = set(unpacked.compiled)
        sources = [
            path for path in unpacked.sources if bytecode_path(path, lock.python) not in there
        ]
        bytecode = dict(compile_files(interpreter, folder / _ROOT, "/", sources))
    with cache.writer() as blob:
        layer = LayerWriter(blob.write)
        for path, text in (("etc/group", groups), ("etc/passwd", accounts)):
            if text:
                layer.add(file(path, len(text.encode())), text.encode())
        layer.add(directory("home/nonroot", 0o700, uid=USER, gid=USER))
        for path, content in sorted(bytecode.items()):
            layer.add(file(path, len(content)), content)
        return keep_layer(cache, key, Remembered.of(layer.close(), blob), created_by)


def open_image_interpreter(
    lock: PlatformLock, foundation: Foundation, *, cache: Cache, progress: Progress
) -> Interpreter:
    """
    Return the Python of the base of *lock*, ready to be run on this machine.

    Of the base's layers those that have a part of it are read, unless it was unpacked
    before. Raises BuildError where it cannot be run here.
    """
    image = foundation.image
    folder = _folder(lock, cache)
    unpacked = _read(folder)
    if unpacked is None:
        unpacked = _unpack(foundation, folder, cache, progress)
    libraries = folder / _LIBRARIES
    interpreter = Interpreter(
        # The image's own loader and C library: the host's may be older, or musl's.
        argv=(
            str(libraries / unpacked.loader),
            "--inhibit-cache",
            "--library-path",
            str(libraries),
            str(folder / _ROOT / image.python.program),
            "-I",
            "-S",
            "-B",
            "-X",
            "utf8",
        ),
        env=(("LC_ALL", "C.UTF-8"), ("PATH", "/usr/bin:/bin")),
        python=lock.python,
        digest=interpreter_digest(lock),
    )
    try_interpreter(interpreter)
    return interpreter


def _with_user(image: LockedImage) -> tuple[str, str]:
    """Return the accounts and groups of *image* with ours; empty where it has ours already."""
    ids = {line.split(":")[2] for line in image.accounts if line.count(":") >= 2}
    group_ids = {line.split(":")[2] for line in image.groups if line.count(":") >= 2}
    accounts = groups = ""
    if str(USER) not in ids:
        ours = f"{_NAME}:x:{USER}:{USER}:{_NAME}:/home/nonroot:/sbin/nologin"
        accounts = "\n".join((*image.accounts, ours)) + "\n"
    if str(USER) not in group_ids:
        groups = "\n".join((*image.groups, f"{_NAME}:x:{USER}:")) + "\n"
    return accounts, groups


def _folder(lock: PlatformLock, cache: Cache) -> Path:
    image = lock.image
    assert image is not None  # noqa: S101 (asked for only where there is one)
    key = digest_of(
        canonical_json(
            {
                "format": _FORMAT_OF_UNPACKED,
                "program": image.python.program,
                "library": image.python.library,
                "shared": image.python.shared,
                "layers": [image.layers[at].diff_id for at in image.python.layers],
            }
        )
    )
    return cache.root / "unpacked" / hex_of(key)


def _read(folder: Path) -> _Unpacked | None:
    try:
        return msgspec.json.decode((folder / _LIST).read_bytes(), type=_Unpacked)
    except (OSError, msgspec.MsgspecError):
        return None


def _unpack(foundation: Foundation, folder: Path, cache: Cache, progress: Progress) -> _Unpacked:
    python = foundation.image.python
    try:
        parent = cache.root / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=parent))
    except OSError as error:
        raise cache.writing_failed(error) from error
    try:
        unpacking = _Unpacking(foundation.image, temporary / _ROOT)
        for at in python.layers:
            _read_layer(foundation.layers[at], at, unpacking, progress)
        loader = _gather_libraries(foundation.image, temporary)
        unpacked = _Unpacked(
            loader=loader,
            sources=sorted(unpacking.sources),
            compiled=sorted(unpacking.compiled),
        )
        (temporary / _LIST).write_bytes(msgspec.json.encode(unpacked))
        temporary.chmod(0o755)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        # Whoever else unpacked the same in the meantime has the same.
        with contextlib.suppress(OSError):
            temporary.rename(folder)
    except OSError as error:
        raise cache.writing_failed(error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return unpacked


def _read_layer(layer: Layer, at: int, unpacking: _Unpacking, progress: Progress) -> None:
    task = f"the base's Python, from layer {at + 1}"
    progress.start(task)
    with layer.blob.open() as stream:
        source = decompressed(stream)
        walk = Walk(source.read)
        try:
            while (header := walk.next()) is not None:
                unpacking.take(header, walk)
            # A digest is told to be wrong at the end only.
            walk.finish()
            while stream.read(1 << 18):
                pass
        except OSError as error:
            raise reading_failed(f"layer {at + 1} of the base", error) from error
    problems = [*walk.problems, *source.problems] if walk.is_cut else source.problems
    if problems:
        raise BuildError(f"layer {at + 1} of the base is damaged: {problems[0]}", hint=_HINT)
    progress.finish(task)


class _Unpacking:
    """Writes the files of the interpreter of *image* below *root*, and nothing else."""

    def __init__(self, image: LockedImage, root: Path) -> None:
        self._python = image.python
        self._wanted = {image.python.program, *image.python.shared}
        self._library = f"{image.python.library}/"
        self._root = root
        self._files = 0
        self._bytes = 0
        self.sources: set[str] = set()
        self.compiled: set[str] = set()

    def take(self, header: Header, walk: Walk) -> None:
        """Write the member *header* of *walk* if it belongs to the interpreter."""
        folder, _, name = header.path.rpartition("/")
        if name == _OPAQUE:
            self._remove(folder)
            return
        if name.startswith(_WHITEOUT):
            removed = name.removeprefix(_WHITEOUT)
            if removed not in ("", ".", ".."):
                self._remove(posixpath.join(folder, removed))
            return
        path = self._place(header.path)
        if path is None or header.kind == "5":
            return
        if path.endswith(".pyc"):
            self.compiled.add(path)
            return
        self._remove(path)
        if header.kind == "1":
            source = self._place(header.link)
            if source is None or not (self._root / source).is_file():
                return
            self._make_room(0, path)
            shutil.copyfile(self._root / source, self._root / path)
        elif header.kind == "0" and not header.sparse:
            self._make_room(header.size, path)
            with (self._root / path).open("wb") as target:
                for piece in walk.pieces():
                    target.write(piece)
        else:
            return
        (self._root / path).chmod(0o755 if header.mode & 0o111 else 0o644)
        if path.endswith(".py"):
            self.sources.add(path)

    def _place(self, path: str) -> str | None:
        """Return where the member *path* is in the image, if it belongs to the interpreter."""
        # Tools that do not unpack write `lib/…` where that is a link to `usr/lib`.
        for place in (path, f"usr/{path}"):
            if place in self._wanted:
                return place
            if place.startswith(self._library):
                inside = place.removeprefix(self._library).split("/")
                return None if _LEFT_OUT.intersection(inside[:-1]) else place
        return None

    def _make_room(self, size: int, path: str) -> None:
        self._files += 1
        self._bytes += size
        if self._files > _MOST_FILES or self._bytes > _MOST_BYTES:
            raise BuildError(
                f"the Python of the base has more than {_MOST_FILES:,} files or"
                f" {_MOST_BYTES >> 30} GiB: the image is made to do harm",
                hint=_HINT,
            )
        (self._root / path).parent.mkdir(parents=True, exist_ok=True)

    def _remove(self, path: str) -> None:
        place = self._place(path) or path
        target = self._root / place
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        for known in (self.sources, self.compiled):
            known.difference_update(
                [each for each in known if each == place or each.startswith(f"{place}/")]
            )


def _gather_libraries(image: LockedImage, folder: Path) -> str:
    """Put the libraries into one folder, by the names that they are asked for by."""
    target = folder / _LIBRARIES
    target.mkdir()
    loader = ""
    for path in image.python.shared:
        source = folder / _ROOT / path
        if not source.is_file() or source.stat().st_size > _MOST_OF_LIBRARY:
            continue
        name = posixpath.basename(path)
        try:
            elf = read_elf(source.read_bytes())
        except ValueError:
            continue
        if elf is not None and elf.soname and "/" not in elf.soname:
            name = elf.soname
        if not (target / name).exists():
            (target / name).hardlink_to(source)
        if name.startswith("ld-linux"):
            loader = name
    if not loader:
        raise BuildError(
            f"the loader of /{image.python.program} was not found in the base", hint=_HINT
        )
    return loader
