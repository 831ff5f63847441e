"""What a build has to tell of its images besides the images: what is in them, how they came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.store.layout import Attachment

if TYPE_CHECKING:
    from boxwright.image.image import Image
    from boxwright.lock.model import PlatformLock
    from boxwright.plan.model import Plan
    from boxwright.project.revision import Revision
    from boxwright.store.cache import Cache


def attachments_of(
    plan: Plan,
    lock: PlatformLock,
    image: Image,
    revision: Revision | None,
    *,
    sbom: bool,
    provenance: bool,
    cache: Cache,
) -> tuple[Attachment, ...]:
    """Return the bill of materials (*sbom*) and the *provenance* of *image*, built from *lock*."""
    about = image.manifest.descriptor
    found = []
    if sbom:
        from boxwright.build.bill import MEDIA_TYPE, locked_bill

        bill = locked_bill(plan.name, lock, image, cache=cache)
        found.append(Attachment(media_type=MEDIA_TYPE, content=bill, subject=about))
    if provenance:
        from boxwright.build.provenance import locked_provenance
        from boxwright.oci import statement

        content = locked_provenance(plan, lock, image, revision, cache=cache)
        found.append(
            Attachment(
                media_type=statement.MEDIA_TYPE,
                content=content,
                annotations={statement.PREDICATE_TYPE: statement.PROVENANCE},
                subject=about,
            )
        )
    return tuple(found)
