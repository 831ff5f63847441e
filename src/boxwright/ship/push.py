"""
An image into a registry: its layers, what tells of it, and last the tags that name it.

Whoever sees a tag finds all that belongs to the image there already. A tag that names the
same image for ever is refused to any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boxwright.errors import ShipError
from boxwright.image.index import ImageIndex
from boxwright.oci import annotations as keys
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest
from boxwright.progress import Progress, Silent
from boxwright.ship.tags import OWN, TagKind, commit_tag, is_tag, kind_of

if TYPE_CHECKING:
    from boxwright.image.image import Image
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import Digest
    from boxwright.store.layout import Attachment
    from boxwright.store.registry.push import Pushed, WritableRepository

_DIGEST_TAG = re.compile(r"sha256-[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """An image, or images of several platforms, and what tells of each."""

    image: Image | ImageIndex
    attachments: Sequence[Attachment] = ()
    """What tells of it, or of the image that is an attachment's subject."""

    @property
    def images(self) -> tuple[Image, ...]:
        """The images, one for each platform."""
        return self.image.images if isinstance(self.image, ImageIndex) else (self.image,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What is in the registry now."""

    pushed: Pushed
    tags: tuple[str, ...]
    attached: tuple[Descriptor, ...]


def own_tag(shipment: Shipment, *, dirty_allowed: bool, changed: Sequence[str] = ()) -> str:
    """
    Return the tag `git-<commit>` that the images themselves tell of (their revision).

    *changed* are files that differ from it, where that is known. Raises ShipError where they tell of none, or of a commit with changes beside it.
    """
    revisions = {revision_of(image) for image in shipment.images}
    if len(revisions) > 1:
        raise ShipError(
            "the images of its platforms were built from different commits",
            hint="build them anew together, or give a tag with `--tag`",
        )
    (revision,) = revisions
    if not revision:
        raise ShipError(
            "the image does not tell which commit it was built from, so it has no tag of its own",
            hint="build it in a Git repository with a commit, or give a tag with `--tag`",
        )
    return commit_tag(revision, dirty_allowed=dirty_allowed, changed=changed)


def revision_of(image: Image) -> str:
    """Return the commit that *image* says it was built from; nothing where it says none."""
    manifest = Manifest.from_dict(parse_document(image.manifest.content, "the manifest"))
    return manifest.annotations.get(keys.REVISION, "")


def ship(
    repository: WritableRepository,
    shipment: Shipment,
    tags: Sequence[str],
    *,
    environments: Collection[str] = (),
    sign: Callable[[Descriptor], None] | None = None,
    progress: Progress | None = None,
) -> Shipped:
    """
    Put *shipment* into *repository*, and return what that took.

    *sign* is called with the manifest once all of it is there; the *tags* come after that.
    Raises ShipError where a tag is that of one of the *environments*, or is taken by another
    image; then nothing is sent.
    """
    progress = progress or Silent()
    check_tags(repository, shipment.image.digest, tags, environments)
    image = shipment.image
    if isinstance(image, ImageIndex):
        pushed = repository.push_index(image, progress=progress)
    else:
        pushed = repository.push_image(image, progress=progress)
    attached = [
        repository.attach(attachment.subject or image.manifest.descriptor, attachment)
        for attachment in shipment.attachments
    ]
    if sign is not None:
        sign(image.manifest.descriptor)
    # Somebody else may have been quicker.
    check_tags(repository, image.digest, tags, environments)
    repository.put_manifest(image.manifest, *tags)
    return Shipped(pushed=pushed, tags=tuple(tags), attached=tuple(attached))


def check_tags(
    repository: WritableRepository,
    digest: Digest,
    tags: Sequence[str],
    environments: Collection[str],
) -> None:
    """Raise ShipError unless the image *digest* may have all *tags* in *repository*."""
    for tag in tags:
        if not is_tag(tag):
            raise ShipError(
                f"`{tag}` cannot be a tag",
                hint="a tag is 128 letters, digits, `_`, `.` and `-` at most, and begins with"
                " neither of the last two",
            )
        if tag.startswith(OWN) or _DIGEST_TAG.match(tag):
            raise ShipError(
                f"`{tag}` is where registries and Boxwright keep what tells of images",
                hint="give another tag",
            )
        kind = kind_of(tag, environments)
        if kind is TagKind.ENVIRONMENT:
            raise ShipError(
                f"`{tag}` says what is wanted in an environment, and only promotion moves it",
                hint=f"push under the commit's tag, then `boxwright promote … {tag}`",
            )
        if not kind.is_fixed:
            continue
        present = repository.find_tag(tag)
        if present is not None and present.digest != digest:
            name = f"{repository.reference.registry}/{repository.reference.repository}"
            what = "version" if kind is TagKind.VERSION else "commit"
            raise ShipError(
                f"`{name}:{tag}` is there already with other content ({present.digest}), and the"
                f" image of a {what} never changes",
                hint="`boxwright diff --same` tells why two builds differ; commit what changed, or"
                " give another version",
            )
