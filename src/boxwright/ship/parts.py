"""The manifests of images that an index names, for whatever is to be done with each of them."""

from __future__ import annotations

from collections.abc import Callable

from boxwright.errors import StoreError
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Index
from boxwright.store.stored import is_attestation

_MOST = 64


def parts(
    descriptor: Descriptor,
    read: Callable[[Descriptor], bytes],
    *,
    is_left_out: Callable[[Descriptor], bool] = is_attestation,
) -> tuple[Descriptor, ...]:
    """
    Return what the index *descriptor* names, indexes within it included; of an image nothing.

    What BuildKit puts there to tell of the others is left out, or what else *is_left_out*.
    *read* gives an index's bytes.
    """
    found: dict[str, Descriptor] = {}
    waiting = [descriptor]
    while waiting:
        current = waiting.pop()
        if current.media_type not in media_type.INDEXES:
            continue
        for entry in Index.from_dict(parse_document(read(current), "the index")).manifests:
            if is_left_out(entry) or entry.digest in found:
                continue
            found[entry.digest] = entry
            waiting.append(entry)
            if len(found) > _MOST:
                raise StoreError(
                    f"the index {descriptor.digest} names more than {_MOST} images",
                    hint="name one of them by its digest",
                )
    return tuple(found.values())
