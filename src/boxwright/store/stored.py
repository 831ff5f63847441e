"""
From the documents of a stored image to an Image; layouts, archives and registries share it.

Documents that are missing or broken are an error, layers are not: of an image whose
layers cannot be had, or can only in part, the rest is worth reading.
"""

from __future__ import annotations

import platform as machine
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from boxwright.errors import StoreError
from boxwright.image.blob import Blob, BytesBlob, bytes_blob
from boxwright.image.image import Image, Layer
from boxwright.image.index import ImageIndex
from boxwright.oci import media_type
from boxwright.oci.annotations import CONTAINERD_NAME, REF_NAME
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest
from boxwright.oci.document import Node, parse_document
from boxwright.oci.manifest import Index, Manifest
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.store.unreadable import UnreadableBlob
from boxwright.store.verified import KnownBlob, StoredBlob

FindBlob = Callable[[Descriptor], StoredBlob]
"""Gives the blob of a descriptor; StoreError where it is missing."""

REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
"""With which BuildKit's index says of a manifest that it tells of another one."""

_LAYER = re.compile(
    r"application/vnd\.(?:oci\.image\.layer(?P<oci>\.nondistributable)?\.v1\.tar"
    r"|docker\.image\.rootfs(?P<docker>\.foreign)?\.diff\.tar)(?:[.+](?:gzip|zstd))?"
)
_DEEPEST = 4
"""Indexes within indexes: the specification allows any depth, tools write one or two."""
_MOST_INDEXES = 64
_MOST_READ = 256
"""Documents that are read to find out what refers to an image, or which platform it is for."""

_MACHINES = {
    "x86_64": Platform("linux", "amd64"),
    "amd64": Platform("linux", "amd64"),
    "aarch64": Platform("linux", "arm64"),
    "arm64": Platform("linux", "arm64"),
    "armv7l": Platform("linux", "arm", "v7"),
    "armv6l": Platform("linux", "arm", "v6"),
    "i386": Platform("linux", "386"),
    "i686": Platform("linux", "386"),
}
_USUAL_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
"""What an architecture means that names no variant (containerd, `platforms`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """A manifest that tells something of an image: an SBOM, provenance, a signature."""

    descriptor: Descriptor
    artifact_type: str
    """`application/vnd.docker.attestation.manifest.v1+json`, `application/spdx+json`, …"""
    blobs: tuple[Blob, ...]
    """
    What it tells, one or more documents.

    Of a document in in-toto's envelope the annotation `in-toto.io/predicate-type` says what it is.
    """


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A manifest that an index names, and for which platform, as far as that is said."""

    descriptor: Descriptor
    platform: Platform | None


def names_of(descriptor: Descriptor) -> tuple[str, ...]:
    """Return the names by which *descriptor* is known in its index."""
    found = (descriptor.annotations.get(key) for key in (CONTAINERD_NAME, REF_NAME))
    return tuple(name for name in found if name)


def own_platform() -> Platform:
    """Return the platform of the containers that this machine runs without emulation."""
    name = machine.machine().lower()
    return _MACHINES.get(name, Platform("linux", name))


def read_image(
    index: Index, find: FindBlob, *, reference: str | None, platform: Platform | None, place: str
) -> Image:
    """
    Return the image that *reference* names in *index*, or the only one there is.

    Of one for several platforms it is that for *platform*; where that is None, that for
    this machine, or else the only one there is.
    """
    descriptor = chosen(index, find, reference, place)
    return image_of(descriptor, find, platform=platform, place=place)


def image_of(
    descriptor: Descriptor, find: FindBlob, *, platform: Platform | None, place: str
) -> Image:
    """Return the image that *descriptor*, a manifest or an index, stands for."""
    is_said = descriptor.media_type in media_type.INDEXES
    if is_said:
        descriptor = _for_platform(_leaves(descriptor, find), find, platform, place)
    if descriptor.media_type not in media_type.MANIFESTS:
        raise StoreError(
            f"{place} holds `{descriptor.media_type[:80]}`, which is no image",
            hint="name an image of one platform",
        )
    blob = find(descriptor)
    content = blob.read()
    document = parse_document(content, blob.place)
    manifest = Manifest.from_dict(document)
    plain = Descriptor(
        media_type=manifest.media_type, digest=descriptor.digest, size=descriptor.size
    )
    image = image_from(BytesBlob(plain, content), manifest, find, document=document)
    # What an index says of a manifest counts for more than what its configuration says.
    return image if is_said else checked_platform(image, platform, place)


def whole_of(
    descriptor: Descriptor, find: FindBlob, *, place: str, may_lack: bool = False
) -> Image | ImageIndex:
    """
    Return what *descriptor* stands for, with the images for all platforms where it is an index.

    Where some are missing and it *may_lack* them, it is the one that `image_of` chooses. What
    stands in the index to tell of its images comes along.
    """
    if descriptor.media_type not in media_type.INDEXES:
        return image_of(descriptor, find, platform=None, place=place)
    named = _named_by(descriptor, find)
    if may_lack and not all(_is_there(_Leaf(entry, None), find) for entry in named):
        return image_of(descriptor, find, platform=None, place=place)
    images = []
    beside: list[Blob] = []
    inner: list[Blob] = []
    for entry in named:
        if entry.media_type in media_type.INDEXES:
            inner.insert(0, _as_it_is(entry, find))
        elif entry.media_type not in media_type.MANIFESTS:
            raise StoreError(
                f"{place} has `{entry.media_type[:80]}` among its images",
                hint="name the image of one platform",
            )
        elif is_attestation(entry):
            content = _as_it_is(entry, find)
            manifest = Manifest.from_dict(parse_document(content.content, "the manifest"))
            beside += [*map(find, (*manifest.layers, manifest.config)), content]
        else:
            images.append(image_of(entry, find, platform=None, place=place))
    if not images:
        raise StoreError(f"{place} holds an index without an image", hint="name an image")
    return ImageIndex(
        manifest=_as_it_is(descriptor, find), images=tuple(images), beside=(*beside, *inner)
    )


def _named_by(descriptor: Descriptor, find: FindBlob) -> list[Descriptor]:
    """Return what the index *descriptor* and those within it name; StoreError if it is too much."""
    found: dict[Digest, Descriptor] = {}
    waiting = [(descriptor, 1)]
    while waiting:
        current, depth = waiting.pop(0)
        blob = find(current)
        if depth > _DEEPEST or len(found) > _MOST_READ:
            raise StoreError(
                f"{blob.place} is an index below {depth - 1} others, or one of too many images",
                hint="name the image of one platform",
            )
        for entry in _read_index(blob).manifests:
            if entry.digest in found:
                continue
            found[entry.digest] = entry
            if entry.media_type in media_type.INDEXES:
                waiting.append((entry, depth + 1))
    return list(found.values())


def _as_it_is(descriptor: Descriptor, find: FindBlob) -> BytesBlob:
    plain = Descriptor(
        media_type=descriptor.media_type, digest=descriptor.digest, size=descriptor.size
    )
    return BytesBlob(plain, find(descriptor).read())


def checked_platform(image: Image, platform: Platform | None, place: str) -> Image:
    """Return *image*; StoreError where it cannot be run on the *platform* that was asked for."""
    if platform is not None and distance(platform, image.platform) is None:
        raise StoreError(
            f"{place} holds an image for {image.platform}, not for {platform}",
            hint=f"name the platform {image.platform}, or none",
        )
    return image


def image_from(
    manifest_blob: BytesBlob, manifest: Manifest, find: FindBlob, *, document: Node | None = None
) -> Image:
    """
    Return the image of *manifest*, whose bytes are *manifest_blob*, and *document* decoded.

    Layers that *find* does not give, or of unknown kinds, are there all the same: whoever
    opens their blobs is told why.
    """
    if manifest.config.media_type not in media_type.CONFIGS:
        raise StoreError(
            f"{manifest_blob.descriptor.digest} is an artefact of type"
            f" `{manifest.config.media_type[:80]}`, not an image",
            hint="name an image",
        )
    config_blob = find(manifest.config)
    content = config_blob.read()
    config = parse_document(content, config_blob.place)
    diff_ids = config.member("rootfs").member("diff_ids")
    if len(diff_ids.items()) != len(manifest.layers):
        raise diff_ids.wrong(
            f"has {len(diff_ids.items())} entries for {len(manifest.layers)} layers"
        )
    raw = document.member("layers").items() if document else repeat(None)
    return Image(
        manifest=manifest_blob,
        config=BytesBlob(manifest.config, content),
        layers=tuple(
            Layer(
                blob=_layer_blob(descriptor, node, find),
                diff_id=diff_id.digest(),
                uncompressed_size=0,
                created_by=created_by,
                reused=True,
            )
            for descriptor, node, diff_id, created_by in zip(
                manifest.layers,
                raw,
                diff_ids.items(),
                chain(_created_by(config.get("history")), repeat("")),
                strict=False,
            )
        ),
        platform=platform_of(config),
    )


def known_image(manifest: bytes, config: bytes) -> Image:
    """
    Return the image of these two documents, which were read before.

    Nobody can open its layers. StoreError where the documents are none, or do not belong together.
    """
    document = parse_document(manifest, "the manifest")
    parsed = Manifest.from_dict(document)

    def find(descriptor: Descriptor) -> StoredBlob:
        if descriptor == parsed.config:
            return KnownBlob(descriptor, config, "the configuration")
        raise StoreError(f"the blob {descriptor.digest} was not kept", hint="read the image again")

    return image_from(bytes_blob(parsed.media_type, manifest), parsed, find, document=document)


def referrers_in(index: Index, find: FindBlob, digest: Digest) -> tuple[Referrer, ...]:
    """
    Return what *index*, or an index within it, has to tell of the image *digest*.

    These are BuildKit's attestations, manifests whose `subject` is the image, and those that
    an index by the name of the image's digest lists. What cannot be read is left out.
    """
    listed = f"sha256-{digest.partition(':')[2]}"
    found: dict[Digest, Referrer] = {}
    read = 0
    for descriptor in _every_manifest(index, find):
        if descriptor.digest in found:
            continue
        told = descriptor.annotations.get(REFERENCE_DIGEST)
        if told not in (None, digest) or read >= _MOST_READ:
            continue
        read += 1
        try:
            referrer = _referrer(descriptor, find, None if told else digest)
        except StoreError:
            continue
        if referrer:
            found[descriptor.digest] = referrer
    for entry in index.manifests:
        if listed in names_of(entry) and entry.media_type in media_type.INDEXES:
            try:
                inner = _read_index(find(entry))
            except StoreError:
                continue
            for referrer in referrers_listed(inner, find):
                found.setdefault(referrer.descriptor.digest, referrer)
    return tuple(found.values())


def referrers_listed(index: Index, find: FindBlob) -> tuple[Referrer, ...]:
    """Return the manifests of *index*, all of which tell of one image."""
    found = []
    for descriptor in index.manifests[:_MOST_READ]:
        try:
            referrer = _referrer(descriptor, find, None)
        except StoreError:
            continue
        if referrer:
            found.append(referrer)
    return tuple(found)


def distance(wanted: Platform, there: Platform) -> int | None:
    """Return how far *there* is from what is *wanted*; None where it cannot be run instead."""
    if (wanted.os, wanted.architecture) != (there.os, there.architecture):
        return None
    usual = _USUAL_VARIANTS.get(wanted.architecture, "")
    first, second = wanted.variant or usual, there.variant or usual
    if first == second:
        return 0
    if wanted.architecture in ("arm", "amd64") and second < first:
        return ord(first[-1:]) - ord(second[-1:])
    return None if wanted.variant else 100


def platform_of(config: Node) -> Platform:
    """Return what the image of *config* runs on."""
    variant = config.get("variant")
    return Platform(
        os=config.member("os").text(),
        architecture=config.member("architecture").text(),
        variant=variant.text() if variant else "",
    )


def _layer_blob(descriptor: Descriptor, node: Node | None, find: FindBlob) -> Blob:
    kind = _LAYER.fullmatch(descriptor.media_type)
    if kind is None:
        encrypted = descriptor.media_type.endswith("+encrypted")
        how = "is encrypted" if encrypted else "has an unknown media type"
        return UnreadableBlob(
            descriptor,
            f"the layer {descriptor.digest} {how}: `{descriptor.media_type[:80]}`",
            hint="boxwright reads layers that are plain tars, or packed by gzip or zstd",
        )
    try:
        return find(descriptor)
    except StoreError as error:
        if not (kind["oci"] or kind["docker"]):
            return UnreadableBlob(descriptor, error.message, error.hint)
        urls = node.get("urls") if node else None
        first = urls.items()[0].value if urls and urls.items() else ""
        where = (
            f": it is to be had from `{first[:200]}`" if isinstance(first, str) and first else ""
        )
        return UnreadableBlob(
            descriptor,
            f"the layer {descriptor.digest} is foreign{where}",
            hint="its owner does not let it be passed on, so it lies elsewhere",
        )


def _created_by(history: Node | None) -> Iterable[str]:
    for step in history.items() if history else ():
        empty = step.get("empty_layer")
        if empty and empty.value:
            continue
        created_by = step.get("created_by")
        yield created_by.text() if created_by else ""


def chosen(index: Index, find: FindBlob, reference: str | None, place: str) -> Descriptor:
    """Return what *reference* names in *index*, or the only image or index there is."""
    images = [entry for entry in index.manifests if not is_attestation(entry)]
    candidates = images
    if reference is not None:
        wanted = {reference, _normal(reference)}
        candidates = [
            entry
            for entry in images
            if entry.digest == reference
            or wanted.intersection(names_of(entry))
            or _normal(reference) in {_normal(name) for name in names_of(entry)}
        ]
        if not candidates and reference.startswith("sha256:"):
            candidates = [
                inner for inner in _every_manifest(index, find) if inner.digest == reference
            ]
    # An image of two names, or one and its copy for each platform, is listed more than once.
    candidates = list({entry.digest: entry for entry in candidates}.values())
    if len(candidates) == 1:
        return candidates[0]
    there = sorted({(*names_of(entry), str(entry.digest))[0] for entry in images})
    listed = ", ".join(f"`{name}`" for name in there[:20]) or "nothing"
    if not candidates:
        what = f"no image `{reference}`" if reference is not None else "no image"
        raise StoreError(f"{place} holds {what}", hint=f"it holds {listed}")
    raise StoreError(f"{place} holds {len(candidates)} images", hint=f"name one of {listed}")


def _normal(reference: str) -> str:
    try:
        return str(parse_reference(reference))
    except StoreError:
        return reference


def is_attestation(descriptor: Descriptor) -> bool:
    """Return whether *descriptor* stands in an index to tell of another one in it."""
    # What BuildKit attests of an image stands beside it, for the platform unknown/unknown.
    if REFERENCE_TYPE in descriptor.annotations:
        return True
    return bool(descriptor.platform and descriptor.platform["os"] == "unknown")


def _read_index(blob: StoredBlob) -> Index:
    return Index.from_dict(parse_document(blob.read(), blob.place))


def _every_manifest(index: Index, find: FindBlob) -> Iterator[Descriptor]:
    """Yield what *index* and the indexes within it name; those that cannot be read are left out."""
    waiting = [(index, 0)]
    seen: set[Digest] = set()
    while waiting:
        current, depth = waiting.pop(0)
        for entry in current.manifests:
            yield entry
            if entry.media_type not in media_type.INDEXES or entry.digest in seen:
                continue
            seen.add(entry.digest)
            if depth < _DEEPEST and len(seen) <= _MOST_INDEXES:
                try:
                    waiting.append((_read_index(find(entry)), depth + 1))
                except StoreError:
                    continue


def _leaves(descriptor: Descriptor, find: FindBlob) -> list[_Leaf]:
    """Return the manifests of images under the index *descriptor*."""
    found: list[_Leaf] = []
    seen: set[Digest] = set()
    waiting = [(descriptor, 1)]
    while waiting:
        current, depth = waiting.pop(0)
        if current.digest in seen:
            continue
        seen.add(current.digest)
        blob = find(current)
        if depth > _DEEPEST or len(seen) > _MOST_INDEXES:
            raise StoreError(
                f"{blob.place} is an index below {depth - 1} others, or one of"
                f" {len(seen)} in one image",
                hint="the image is made to do harm",
            )
        for entry in _read_index(blob).manifests:
            if entry.media_type in media_type.INDEXES:
                waiting.append((entry, depth + 1))
            elif entry.media_type in media_type.MANIFESTS and not is_attestation(entry):
                found.append(_Leaf(entry, _said_platform(entry)))
    return found


def _said_platform(entry: Descriptor) -> Platform | None:
    if not entry.platform:
        return None
    return Platform(
        os=entry.platform["os"],
        architecture=entry.platform["architecture"],
        variant=entry.platform.get("variant", ""),
    )


def _for_platform(
    leaves: list[_Leaf], find: FindBlob, platform: Platform | None, place: str
) -> Descriptor:
    if len(leaves) == 1 and platform is None:
        return leaves[0].descriptor
    if any(leaf.platform is None for leaf in leaves):
        leaves = [
            _Leaf(leaf.descriptor, _told_platform(leaf, find)) for leaf in leaves[:_MOST_READ]
        ]
    candidates = leaves
    if platform is None:
        # An engine saves the index of all platforms with the one image that it has.
        candidates = [leaf for leaf in leaves if _is_there(leaf, find)] or leaves
    wanted = platform or own_platform()
    ranked = [
        (far, at)
        for at, leaf in enumerate(candidates)
        if leaf.platform and (far := distance(wanted, leaf.platform)) is not None
    ]
    if ranked:
        return candidates[min(ranked)[1]].descriptor
    if platform is None and len({leaf.descriptor.digest for leaf in candidates}) == 1:
        return candidates[0].descriptor
    there = sorted({str(leaf.platform) for leaf in candidates if leaf.platform})
    named = ", ".join(there[:20]) or "that it lacks"
    raise StoreError(
        f"{place} holds no image for {wanted}", hint=f"name one of the platforms {named}"
    )


def _is_there(leaf: _Leaf, find: FindBlob) -> bool:
    try:
        find(leaf.descriptor)
    except StoreError:
        return False
    return True


def _told_platform(leaf: _Leaf, find: FindBlob) -> Platform | None:
    """Return what the configuration says, where the index says nothing."""
    if leaf.platform:
        return leaf.platform
    try:
        blob = find(leaf.descriptor)
        manifest = Manifest.from_dict(parse_document(blob.read(), blob.place))
        config = find(manifest.config)
        return platform_of(parse_document(config.read(), config.place))
    except StoreError:
        return None


def _referrer(descriptor: Descriptor, find: FindBlob, subject: Digest | None) -> Referrer | None:
    """Return what *descriptor* tells; None where it is no manifest, or not of *subject*."""
    if descriptor.media_type not in media_type.MANIFESTS:
        return None
    blob = find(descriptor)
    document = parse_document(blob.read(), blob.place)
    if subject is not None:
        node = document.get("subject")
        if node is None or node.member("digest").digest() != subject:
            return None
    manifest = Manifest.from_dict(document)
    kind = document.get("artifactType")
    return Referrer(
        descriptor=descriptor,
        artifact_type=kind.text() if kind else manifest.config.media_type,
        blobs=tuple(_referred(layer, find) for layer in manifest.layers),
    )


def _referred(descriptor: Descriptor, find: FindBlob) -> Blob:
    try:
        return find(descriptor)
    except StoreError as error:
        return UnreadableBlob(descriptor, error.message, error.hint)
