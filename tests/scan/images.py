"""
Made-up inspected images, from lists of members.

    inspected = image(
        layer(directory("etc"), file("etc/shadow", "root::"), by="COPY etc /etc"),
        step("ENV LANG=C.UTF-8"),
        layer(whiteout("etc/shadow"), by="RUN rm /etc/shadow"),
    )

Contents that are given become sizes and digests; `document(…)` is a file that is remembered as a
document too. `tar_of` writes such a layer as the tar that it would have been.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Layer, make_image
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform
from boxwright.scan.inspected import Inspected, InspectedLayer, Step
from boxwright.scan.layer_index import (
    DIRECTORY,
    FILE,
    HARDLINK,
    SYMLINK,
    Artifact,
    Binary,
    LayerIndex,
    Member,
    SecretHit,
)

PLAIN = ImageConfig(platform=Platform("linux", "amd64"), created="2026-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """A member, its content where that was given, and whether the index remembers it."""

    member: Member
    content: bytes | None = None
    is_document: bool = False


@dataclass(frozen=True, slots=True)
class Whiteout:
    """A path that a layer removes, or a folder of which it hides what is below it."""

    path: str
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class MadeLayer:
    """What `image` takes for a layer."""

    entries: tuple[Entry | Whiteout, ...]
    by: str
    secrets: tuple[SecretHit, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    binaries: tuple[Binary, ...] = ()
    problem: str = ""


def file(
    path: str,
    content: str | bytes | int = b"",
    *,
    mode: int = 0o644,
    uid: int = 0,
    gid: int = 0,
    mtime: int = 0,
    capability: bool = False,
    same: str = "",
) -> Entry:
    """
    Return a file.

    A number for *content* is its size; its digest goes by path and size then, and where *same* is
    given by that word and the size, so that files can have one content.
    """
    if isinstance(content, int):
        body, size, digest = None, content, _sha256(f"{same or path} {content}".encode())
    else:
        body = content.encode() if isinstance(content, str) else content
        size, digest = len(body), _sha256(body)
    member = Member(
        path=path,
        kind=FILE,
        mode=mode,
        uid=uid,
        gid=gid,
        size=size,
        mtime=mtime,
        digest=digest,
        capability=capability,
    )
    return Entry(member, body)


def document(path: str, content: str | bytes, *, mode: int = 0o644) -> Entry:
    """Return a file whose *content* the layer's index remembers."""
    made = file(path, content, mode=mode)
    return Entry(made.member, made.content, is_document=True)


def directory(path: str, *, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
    """Return a folder."""
    return Entry(Member(path=path, kind=DIRECTORY, mode=mode, uid=uid, gid=gid))


def symlink(path: str, target: str) -> Entry:
    """Return a symbolic link."""
    return Entry(Member(path=path, kind=SYMLINK, mode=0o777, link=target))


def hardlink(path: str, target: str) -> Entry:
    """Return another name for the file *target*, which is a path from the root."""
    return Entry(Member(path=path, kind=HARDLINK, link=target))


def whiteout(path: str) -> Whiteout:
    """Return the removal of *path*, and of all below it."""
    return Whiteout(path)


def opaque(path: str) -> Whiteout:
    """Return the removal of all that lower layers have below the folder *path*."""
    return Whiteout(path, opaque=True)


def layer(
    *entries: Entry | Whiteout,
    by: str = "",
    secrets: Iterable[SecretHit] = (),
    artifacts: Iterable[Artifact] = (),
    binaries: Iterable[Binary] = (),
    problem: str = "",
) -> MadeLayer:
    """Return a layer that the instruction *by* made; with a *problem*, it could not be read."""
    return MadeLayer(
        entries, by, tuple(secrets), tuple(artifacts), tuple(binaries), problem=problem
    )


def step(created_by: str) -> Step:
    """Return an entry of the history that made no layer."""
    return Step(created_by=created_by)


def index_of(made: MadeLayer) -> LayerIndex:
    """Return the index of *made*, as one reading of its tar would give it."""
    members: dict[str, Member] = {}
    repeated: dict[str, int] = {}
    for entry in made.entries:
        if isinstance(entry, Entry):
            before = members.pop(entry.member.path, None)
            if before is not None and before.size:
                repeated[before.path] = repeated.get(before.path, 0) + before.size
            members[entry.member.path] = entry.member
    hidden = [entry for entry in made.entries if isinstance(entry, Whiteout)]
    listing = repr([made.entries, made.by]).encode()
    return LayerIndex(
        diff_id=f"sha256:{hashlib.sha256(listing).hexdigest()}",
        size=sum(512 + -(-member.size // 512) * 512 for member in members.values()) + 1024,
        members=tuple(members.values()),
        repeated=repeated,
        whiteouts=tuple(entry.path for entry in hidden if not entry.opaque),
        opaque=tuple(entry.path for entry in hidden if entry.opaque),
        documents={
            entry.member.path: entry.content
            for entry in made.entries
            if isinstance(entry, Entry) and entry.is_document and entry.content is not None
        },
        secrets=made.secrets,
        artifacts=made.artifacts,
        binaries=made.binaries,
    )


def image(
    *parts: MadeLayer | Step, config: ImageConfig = PLAIN, name: str = "made-up:1"
) -> Inspected:
    """Return the image of layers and of steps without one, lowest first."""
    layers: list[InspectedLayer] = []
    history: list[Step] = []
    blobs: list[Layer] = []
    for part in parts:
        if isinstance(part, Step):
            history.append(part)
            continue
        index = index_of(part)
        blob = bytes_blob(media_type.LAYER_GZIP, f"{index.diff_id} {len(layers)}".encode())
        layers.append(
            InspectedLayer(
                at=len(layers),
                digest=blob.descriptor.digest,
                media_type=blob.descriptor.media_type,
                size=index.size // 2,
                diff_id=index.diff_id,
                step=len(history),
                index=None if part.problem else index,
                problem=part.problem,
            )
        )
        blobs.append(
            Layer(
                blob=blob,
                diff_id=Digest(index.diff_id),
                uncompressed_size=index.size,
                created_by=part.by,
            )
        )
        history.append(Step(created_by=part.by, layer=len(layers) - 1))
    return Inspected(
        name=name,
        image=make_image(config, blobs, {}),
        config=config,
        history=tuple(history),
        layers=tuple(layers),
    )


def tar_of(made: MadeLayer) -> bytes:
    """Return *made* as a tar; files of which only the size was given consist of their path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in made.entries:
            if isinstance(entry, Whiteout):
                folder, _, name = entry.path.rpartition("/")
                marker = f"{entry.path}/.wh..wh..opq" if entry.opaque else f"{folder}/.wh.{name}"
                tar.addfile(tarfile.TarInfo(marker.lstrip("/")))
                continue
            member = entry.member
            info = tarfile.TarInfo(member.path)
            info.type = member.kind.encode()
            info.mode, info.uid, info.gid = member.mode, member.uid, member.gid
            info.mtime, info.linkname, info.size = member.mtime, member.link, member.size
            body = entry.content
            if body is None:
                body = (member.path.encode() * (member.size // len(member.path) + 1))[: info.size]
            tar.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
