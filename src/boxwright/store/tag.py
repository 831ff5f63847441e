"""Which digest a tag of a registry has now; nothing is pulled (OCI distribution, "Pull")."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from boxwright.errors import StoreError
from boxwright.oci.digest import Digest
from boxwright.oci.reference import parse_reference
from boxwright.store.registry.client import AbsentError, Repository
from boxwright.store.transport import Transport


def find_digest(image: str, transport: Transport) -> Digest:
    """
    Return the digest of the index or manifest that the tag of *image* names.

    It is computed from the bytes, whatever the registry's header says. StoreError where
    the registry does not give it.
    """
    reference = parse_reference(image)
    if reference.digest is not None:
        return reference.digest
    try:
        return Repository(reference, transport).manifest(reference.tag).descriptor.digest
    except AbsentError as error:
        raise StoreError(
            f"`{reference.familiar}` is not in the registry", hint="check its name and tag"
        ) from error


def find_digests(
    images: Iterable[str], transport: Transport
) -> tuple[dict[str, str], dict[str, StoreError]]:
    """Return the digests of *images* by their names, and why others could not be found."""
    names = list(dict.fromkeys(images))
    found: dict[str, str] = {}
    failed: dict[str, StoreError] = {}

    def look_up(name: str) -> str | StoreError:
        try:
            return find_digest(name, transport)
        except StoreError as error:
            return error

    with ThreadPoolExecutor(max_workers=8) as pool:
        for name, answer in zip(names, pool.map(look_up, names), strict=True):
            if isinstance(answer, str):
                found[name] = answer
            else:
                failed[name] = answer
    return found, failed
