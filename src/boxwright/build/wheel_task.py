"""Writing the layer of some wheels: what a worker process does."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from boxwright.build.collisions import collision, is_same_file
from boxwright.build.remembered import Remembered
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheel_tree import WheelTree, tree_of
from boxwright.errors import DigestMismatchError, PackageError
from boxwright.image.entry import file
from boxwright.image.layer import LayerWriter
from boxwright.oci.digest import Digest
from boxwright.store.cache import Cache
from boxwright.wheel.archive import DEFLATED, Member, WheelArchive, open_wheel
from boxwright.wheel.record import Verifier
from boxwright.wheel.spread import Environment, Spread, Target, spread

TRANSPLANT_FROM = 8192
"""
From this many packed bytes on, a member is carried over as it is.

Smaller ones are packed together, which makes the layer smaller and quicker to read:
measured with torch, 2048 gives 186.1 MB, 8192 gives 185.1 MB, 16384 gives 184.9 MB.
"""

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTask:
    """Write the layer of *wheels*, or one *part* of the *parts* of a single wheel."""

    wheels: tuple[WheelFile, ...]
    environment: Environment
    part: int = 0
    parts: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the task as JSON."""
        return {
            "wheels": [wheel.to_dict() for wheel in self.wheels],
            "environment": asdict(self.environment),
            "part": self.part,
            "parts": self.parts,
        }

    @staticmethod
    def from_dict(document: dict[str, Any]) -> LayerTask:
        """Return what `to_dict` gave."""
        return LayerTask(
            wheels=tuple(WheelFile.from_dict(wheel) for wheel in document["wheels"]),
            environment=Environment(**document["environment"]),
            part=document["part"],
            parts=document["parts"],
        )

    def identity(self) -> dict[str, Any]:
        """Return what decides the layer's bytes."""
        return {
            "kind": "wheels",
            "threshold": TRANSPLANT_FROM,
            "environment": asdict(self.environment),
            "wheels": [
                [wheel.name, wheel.version, wheel.digest, wheel.transplant, wheel.direct_url]
                for wheel in self.wheels
            ],
            "part": [self.part, self.parts],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerResult:
    """A written layer, and where each of its wheels has its files (all of them, in a part, too)."""

    layer: Remembered
    trees: tuple[WheelTree, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return {"layer": asdict(self.layer), "trees": [tree.to_dict() for tree in self.trees]}

    @staticmethod
    def from_dict(document: dict[str, Any]) -> LayerResult:
        """Return what `to_dict` gave."""
        return LayerResult(
            layer=Remembered(**document["layer"]),
            trees=tuple(WheelTree.from_dict(tree) for tree in document["trees"]),
        )


def write_layer(task: LayerTask, cache: Cache, advance: Advance) -> LayerResult:
    """Write the layer of *task* to *cache*; *advance* is told the bytes of wheels that are done."""
    with contextlib.ExitStack() as stack:
        opened: list[tuple[WheelFile, WheelArchive, Spread]] = []
        for wheel in task.wheels:
            verify(wheel)
            archive = stack.enter_context(open_wheel(wheel.path, wheel.label))
            found = spread(archive, task.environment, direct_url=wheel.direct_url)
            found.metadata.check_is(wheel.name, wheel.version, archive)
            opened.append((wheel, archive, found))
        blob = stack.enter_context(cache.writer())
        layer = LayerWriter(blob.write)
        checks: list[Verifier] = []
        for wheel, archive, target in _merged(opened, task):
            checks.extend(_add(layer, wheel, archive, target))
            if target.member is not None:
                advance(target.member.compressed_size)
        written = layer.close()
        for check in checks:
            check.check()
        return LayerResult(
            layer=Remembered.of(written, blob),
            trees=tuple(tree_of(found, task.environment) for _, _, found in opened),
        )


def verify(wheel: WheelFile) -> None:
    """
    Check that *wheel* still is what the lock names.

    What it gives is remembered under its digest, so another file must never get there.
    """
    try:
        with wheel.path.open("rb") as opened:
            digest = Digest(f"sha256:{hashlib.file_digest(opened, 'sha256').hexdigest()}")
    except OSError as error:
        raise PackageError(
            f"wheel `{wheel.path}` cannot be read: {error.strerror or error}",
            hint="check that the file exists and may be read",
        ) from error
    if digest != wheel.digest:
        raise DigestMismatchError(wanted=wheel.digest, got=digest, what=f"wheel `{wheel.label}`")


def _merged(
    opened: Sequence[tuple[WheelFile, WheelArchive, Spread]], task: LayerTask
) -> Iterator[tuple[WheelFile, WheelArchive, Target]]:
    """Yield the files of all wheels, or of the part that is asked for, sorted by path."""
    if task.parts > 1:
        ((wheel, archive, found),) = opened
        for target in _part(found.targets, task.part, task.parts):
            yield wheel, archive, target
        return
    merged: dict[str, tuple[WheelFile, WheelArchive, Target]] = {}
    for wheel, archive, found in opened:
        for target in found.targets:
            known = merged.setdefault(target.path, (wheel, archive, target))
            # Equal digests: namespace packages repeat an empty file in every wheel.
            if known[2] is not target and not is_same_file(known[2], target):
                raise collision(known[0], wheel, target.path)
    yield from (merged[path] for path in sorted(merged))


def _part(targets: Sequence[Target], part: int, parts: int) -> Iterator[Target]:
    """Yield the targets of one part: whole files in order, about as many bytes in each part."""
    total = sum(_packed(target) for target in targets) or 1
    before = 0
    for target in targets:
        if min(parts - 1, before * parts // total) == part:
            yield target
        before += _packed(target)


def _packed(target: Target) -> int:
    return target.member.compressed_size if target.member else len(target.content)


def _add(
    layer: LayerWriter, wheel: WheelFile, archive: WheelArchive, target: Target
) -> Iterator[Verifier]:
    """Add *target* to *layer*; yield what can be checked only when the layer is closed."""
    member = target.member
    if member is None:
        layer.add(file(target.path, len(target.content), target.mode), target.content)
        return
    entry = file(target.path, member.size, target.mode)
    verifier = Verifier(archive, member, target.row)
    if wheel.transplant and member.method == DEFLATED and member.compressed_size >= TRANSPLANT_FROM:
        layer.add_deflated(entry, archive.raw(member), member.crc32, see=verifier.update)
        yield verifier
    else:
        layer.add_stream(entry, _seen(archive, member, verifier))
        verifier.check()


def _seen(archive: WheelArchive, member: Member, verifier: Verifier) -> Iterator[bytes]:
    for piece in archive.pieces(member):
        verifier.update(piece)
        yield piece
