"""
Any image by its name, wherever it is: a folder, an archive, an engine, a registry, a pipe.

Names are tried in this order: `-` is standard input; a prefix says where (`oci:`, `podman:`,
`docker://`, …); what is there as a file or a folder is that; all else is a reference, which
the engine of this machine is asked for, and then the registry.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import EngineError, StoreError
from boxwright.image.decompress import Readable
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.platform import Platform
from boxwright.oci.reference import Reference, parse_reference
from boxwright.store import archive, layout
from boxwright.store.copy import reading_failed
from boxwright.store.engine import Engine, look_for_engine, look_for_named_engine
from boxwright.store.saved_stream import SavedStream
from boxwright.store.stored import Referrer, distance

if TYPE_CHECKING:
    from boxwright.progress import Progress
    from boxwright.store.registry.client import Repository
    from boxwright.store.transport import Transport

STANDARD_INPUT = "-"

_LAYOUT = ("oci:",)
_ARCHIVE = ("oci-archive:", "docker-archive:")
_ENGINES = {
    "docker-daemon:": "docker",
    "containers-storage:": "podman",
    "docker:": "docker",
    "podman:": "podman",
}
_REGISTRY = ("docker://", "registry:")
_AMBIGUOUS = ("docker:", "registry:")
"""Prefixes that are names of public images, too: `registry:2` is one, `registry:team/api` none."""
_PATH_STARTS = (".", "/", "~")
"""What no reference begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """
    Opens images for *platform*, or else as `stored.read_image` chooses.

    *environ* says how engines and registries are reached; *transport* is made from it where
    none is given. *progress* is told what streams by.
    """

    environ: Mapping[str, str]
    platform: Platform | None = None
    progress: Progress | None = None
    transport: Transport | None = None
    plain_http: Callable[[], frozenset[str]] = frozenset
    """Returns the registries that are spoken to without encryption; asked once one is needed."""

    def open(self, name: str) -> Image | SavedStream:
        """
        Return the image *name*, of which documents are read; layers are when they are opened.

        What can only be read once, front to back, is a SavedStream. StoreError says where
        it was looked for, and what is wrong there.
        """
        if name == STANDARD_INPUT:
            return SavedStream(
                "standard input",
                lambda: _left_open(sys.stdin.buffer),
                platform=self.platform,
                progress=self.progress,
            )
        place = _place(name)
        if isinstance(place, _Folder):
            return layout.read(place.path, place.reference, platform=self.platform)
        if isinstance(place, _File):
            return self._open_file(place)
        if isinstance(place, _InEngine):
            return self._open_in_engine(place)
        if isinstance(place, _InRegistry):
            return self._open_in_registry(place.reference)
        return self._open_reference(name)

    def open_whole(self, name: str) -> Image | ImageIndex | SavedStream:
        """Return what *name* stands for: `open`, but all platforms where none is asked for."""
        opened = self.open(name)
        if self.platform is not None or isinstance(opened, SavedStream):
            return opened
        place = _place(name)
        if isinstance(place, _Folder):
            return layout.read_whole(place.path, place.reference)
        if isinstance(place, _File):
            return archive.read_whole(place.path, place.reference)
        reference = place.reference if isinstance(place, _InRegistry) else parse_reference(name)
        return self._repository(reference).read_whole()

    def read_referrers(
        self, name: str, image: Image | ImageIndex | Descriptor
    ) -> tuple[Referrer, ...]:
        """
        Return what is told of *image* beside it where it was opened as *name*.

        That are the SBOMs, the provenance and signatures that layouts, archives and registries
        keep; of a stream that was read, `SavedStream.referrers` has them. Empty elsewhere.
        """
        if name == STANDARD_INPUT:
            return ()
        digest, place = image.digest, _place(name)
        if isinstance(place, _Folder):
            return layout.read_referrers(place.path, digest)
        if isinstance(place, _File):
            return () if _streams(place.path) else archive.read_referrers(place.path, digest)
        if isinstance(place, _InEngine):
            return ()
        reference = place.reference if isinstance(place, _InRegistry) else parse_reference(name)
        return self._repository(reference).read_referrers(digest)

    def _open_file(self, place: _File) -> Image | SavedStream:
        path = place.path
        if not _streams(path):
            return archive.read(path, place.reference, platform=self.platform)
        return SavedStream(
            f"the archive `{path}`",
            lambda: _opened(path),
            reference=place.reference,
            platform=self.platform,
            size=path.stat().st_size if path.is_file() else None,
            progress=self.progress,
        )

    def _open_in_engine(self, place: _InEngine) -> SavedStream:
        search = look_for_named_engine(place.engine, self.environ)
        if search.engine is None:
            raise EngineError(
                f"`{place.name}` cannot be had from {place.engine}: {search.reason}",
                hint=f"start {place.engine}, or name the image without `{place.prefix}`",
            )
        found = self._saved(search.engine, place.name)
        if isinstance(found, str):
            raise StoreError(found, hint=f"`{place.engine} image ls` lists what it has")
        return found

    def _saved(self, engine: Engine, name: str) -> SavedStream | str:
        """Return the image *name* of *engine*, or why there is none."""
        kept = engine.inspect(name)
        if kept is None:
            return f"{engine.name} has no image `{name}`"
        if self.platform is not None and distance(self.platform, kept.platform) is None:
            return f"{engine.name} has `{name}` for {kept.platform}, not for {self.platform}"
        return SavedStream(
            f"`{name}` of {engine.name}",
            lambda: engine.saved(name),
            platform=self.platform,
            image_id=kept.id,
            diff_ids=kept.diff_ids,
            size=kept.size or None,
            progress=self.progress,
        )

    def _open_in_registry(self, reference: Reference) -> Image:
        return self._repository(reference).read(self.platform)

    def _open_reference(self, name: str) -> Image | SavedStream:
        """Return the image *name* of the engine, if it has it, or else of the registry."""
        search = look_for_engine(self.environ)
        tried = [f"no engine answers ({search.reason})"]
        if search.engine:
            found: SavedStream | str
            try:
                found = self._saved(search.engine, name)
            except EngineError as error:
                found = error.message
            if isinstance(found, SavedStream):
                return found
            tried = [found]
        try:
            return self._open_in_registry(parse_reference(name))
        except StoreError as error:
            reasons = "; ".join((*tried, error.message))
            hint = error.hint
            built = Path(name).expanduser() / "dist" / "image"
            if layout.is_layout(built):
                hint = f"name the image that was built there: `{built}`"
            raise StoreError(
                f"no image `{name}` was found: there is no such archive or layout; {reasons}",
                hint=hint,
            ) from error

    def _repository(self, reference: Reference) -> Repository:
        from boxwright.store.registry.client import Repository
        from boxwright.store.transport import Transport

        transport = self.transport or Transport(environ=self.environ)
        return Repository(reference, transport.using(plain_http=self.plain_http()))


def locate(name: str) -> tuple[Path, str | None] | Reference:
    """
    Return where the image *name* is kept for good, what tells of it included.

    That is a layout, and the image's name in it where one is given, or a registry.
    StoreError for archives and engines, which keep images alone.
    """
    place = None if name == STANDARD_INPUT else _place(name)
    if isinstance(place, _Folder):
        return place.path, place.reference
    if isinstance(place, _InRegistry):
        return place.reference
    if place is not None or name == STANDARD_INPUT:
        raise StoreError(
            f"`{name}` is neither a layout nor in a registry, where signatures are kept",
            hint="name a reference (`registry/name:tag`), or a folder that `build` wrote",
        )
    return parse_reference(name)


def open_image(
    name: str,
    *,
    platform: Platform | None = None,
    environ: Mapping[str, str],
    progress: Progress | None = None,
    transport: Transport | None = None,
) -> Image | SavedStream:
    """Return the image *name*, as `Opener.open` does."""
    opener = Opener(environ=environ, platform=platform, progress=progress, transport=transport)
    return opener.open(name)


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    reference: str | None


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    reference: str | None


@dataclass(frozen=True, slots=True)
class _InEngine:
    engine: str
    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class _InRegistry:
    reference: Reference


_Place = _Folder | _File | _InEngine | _InRegistry


def _place(name: str) -> _Place | None:
    """Return where *name* says that its image is; None where it is a reference."""
    if not name or name.startswith("-") or "\0" in name:
        raise StoreError(
            f"`{name}` is no name of an image", hint="name a folder, an archive or a reference"
        )
    for prefix in (*_LAYOUT, *_ARCHIVE):
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            found = _on_disk(rest)
            if found is None or isinstance(found, _Folder) is not (prefix in _LAYOUT):
                what = "folder" if prefix in _LAYOUT else "file"
                raise StoreError(f"there is no {what} `{rest}`", hint="check the path")
            return found
    for prefix in _REGISTRY:
        rest = name.removeprefix(prefix)
        if rest != name and not _is_public(name, prefix):
            return _InRegistry(parse_reference(rest))
    for prefix, engine in _ENGINES.items():
        rest = name.removeprefix(prefix)
        if rest != name and not _is_public(name, prefix):
            return _InEngine(engine, rest, prefix)
    found = _on_disk(name)
    if isinstance(found, _Folder) and not layout.is_layout(found.path):
        # A project's folder may have the name of an image.
        if name.startswith(_PATH_STARTS) or name.endswith("/"):
            return found
        return None
    if found is None and name.startswith(_PATH_STARTS):
        raise StoreError(f"there is nothing at `{name}`", hint="check the path")
    return found


def _is_public(name: str, prefix: str) -> bool:
    """Return whether *name*, which begins with *prefix*, may be that of a public image."""
    rest = name.removeprefix(prefix)
    return prefix in _AMBIGUOUS and not any(sign in rest for sign in "/:@")


def _on_disk(text: str) -> _Folder | _File | None:
    """
    Return what is at the path that *text* is, or begins with; None if nothing.

    What follows the path after `:` or `@` is a reference.
    """
    cuts = [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] in ":@")]
    for at in cuts:
        path = Path(text[:at]).expanduser()
        reference = text[at + 1 :] or None
        try:
            if path.is_dir() and (at == len(text) or layout.is_layout(path)):
                return _Folder(path, reference)
            if path.exists() and not path.is_dir():
                return _File(path, reference)
        except (OSError, RuntimeError):
            # A name too long for a path, or of somebody's home who is nobody.
            continue
    return None


_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def _streams(path: Path) -> bool:
    """Return whether *path* cannot be read at random: a pipe, or packed as a whole."""
    if not path.is_file():
        return True
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_PACKED)
    except OSError as error:
        raise reading_failed(str(path), error) from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Readable]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise reading_failed(str(path), error) from error
    with file:
        yield file


@contextlib.contextmanager
def _left_open(stream: Readable) -> Iterator[Readable]:
    yield stream
