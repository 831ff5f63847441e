"""From the documents of a stored image to an Image; layouts and archives share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, repeat

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob
from boxwright.image.image import Image, Layer
from boxwright.oci import media_type
from boxwright.oci.annotations import CONTAINERD_NAME, REF_NAME
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import Node, parse_document
from boxwright.oci.manifest import Index, Manifest
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.store.verified import VerifiedBlob

FindBlob = Callable[[Descriptor], VerifiedBlob]
"""Gives the blob of a descriptor; StoreError where it is missing."""


def names_of(descriptor: Descriptor) -> tuple[str, ...]:
    """Return the names by which *descriptor* is known in its index."""
    found = (descriptor.annotations.get(key) for key in (CONTAINERD_NAME, REF_NAME))
    return tuple(name for name in found if name)


def read_image(
    index: Index, find: FindBlob, *, reference: str | None, platform: Platform | None, place: str
) -> Image:
    """Return the image that *reference* names in *index*, or the only one there is."""
    descriptor = _chosen(index, reference, place)
    if descriptor.media_type in media_type.INDEXES:
        descriptor = _for_platform(_read_index(find(descriptor)), platform, place)
    if descriptor.media_type not in media_type.MANIFESTS:
        raise StoreError(
            f"{place} holds `{descriptor.media_type}`, which is no image",
            hint="name an image of one platform",
        )
    blob = find(descriptor)
    content = blob.read()
    manifest = Manifest.from_dict(parse_document(content, blob.place))
    plain = Descriptor(
        media_type=manifest.media_type, digest=descriptor.digest, size=descriptor.size
    )
    return image_from(BytesBlob(plain, content), manifest, find)


def image_from(manifest_blob: BytesBlob, manifest: Manifest, find: FindBlob) -> Image:
    """Return the image of *manifest*, whose bytes are *manifest_blob*."""
    if manifest.config.media_type not in media_type.CONFIGS:
        raise StoreError(
            f"{manifest_blob.descriptor.digest} is an artefact of type"
            f" `{manifest.config.media_type}`, not an image",
            hint="name an image",
        )
    for layer in manifest.layers:
        if layer.media_type not in media_type.LAYERS:
            raise StoreError(
                f"the layer {layer.digest} has the unknown media type `{layer.media_type}`",
                hint="boxwright reads layers that are plain tars, or packed by gzip or zstd",
            )
    config_blob = find(manifest.config)
    content = config_blob.read()
    config = parse_document(content, config_blob.place)
    diff_ids = config.member("rootfs").member("diff_ids")
    if len(diff_ids.items()) != len(manifest.layers):
        raise diff_ids.wrong(
            f"has {len(diff_ids.items())} entries for {len(manifest.layers)} layers"
        )
    return Image(
        manifest=manifest_blob,
        config=BytesBlob(manifest.config, content),
        layers=tuple(
            Layer(
                blob=find(descriptor),
                diff_id=diff_id.digest(),
                uncompressed_size=0,
                created_by=created_by,
                reused=True,
            )
            for descriptor, diff_id, created_by in zip(
                manifest.layers,
                diff_ids.items(),
                chain(_created_by(config.get("history")), repeat("")),
                strict=False,
            )
        ),
        platform=platform_of(config),
    )


def platform_of(config: Node) -> Platform:
    """Return what the image of *config* runs on."""
    variant = config.get("variant")
    return Platform(
        os=config.member("os").text(),
        architecture=config.member("architecture").text(),
        variant=variant.text() if variant else "",
    )


def _created_by(history: Node | None) -> Iterable[str]:
    for step in history.items() if history else ():
        empty = step.get("empty_layer")
        if empty and empty.value:
            continue
        created_by = step.get("created_by")
        yield created_by.text() if created_by else ""


def _chosen(index: Index, reference: str | None, place: str) -> Descriptor:
    candidates = index.manifests
    if reference is not None:
        wanted = {reference, str(_normal(reference))}
        candidates = tuple(
            entry for entry in candidates if wanted.intersection((*names_of(entry), entry.digest))
        )
    if len(candidates) == 1:
        return candidates[0]
    there = sorted({(*names_of(entry), str(entry.digest))[0] for entry in index.manifests})
    listed = ", ".join(f"`{name}`" for name in there) or "nothing"
    if not candidates:
        what = f"no image `{reference}`" if reference is not None else "no image"
        raise StoreError(f"{place} holds {what}", hint=f"it holds {listed}")
    raise StoreError(f"{place} holds {len(candidates)} images", hint=f"name one of {listed}")


def _normal(reference: str) -> object:
    try:
        return parse_reference(reference)
    except StoreError:
        return reference


def _read_index(blob: VerifiedBlob) -> Index:
    return Index.from_dict(parse_document(blob.read(), blob.place))


def _for_platform(index: Index, platform: Platform | None, place: str) -> Descriptor:
    # What BuildKit attests of an image stands beside it, for the platform unknown/unknown.
    candidates = {
        "/".join(
            entry.platform[key]
            for key in ("os", "architecture", "variant")
            if key in entry.platform
        ): entry
        for entry in index.manifests
        if entry.platform and entry.platform["os"] != "unknown"
    }
    if platform is None and len(candidates) == 1:
        return next(iter(candidates.values()))
    found = candidates.get(str(platform))
    if found is None:
        wanted = f" for {platform}" if platform else ""
        raise StoreError(
            f"{place} holds no image{wanted}, or several",
            hint=f"name one of the platforms {', '.join(sorted(candidates)) or 'that it lacks'}",
        )
    return found
