"""Signed text: whether one of the known keys signed it, and what exactly was signed."""

from __future__ import annotations

from boxwright.errors import ArchiveError


def signed_body(content: bytes, keyring: bytes, *, what: str) -> bytes:
    """
    Return the part of the clear-signed *content* that a key of *keyring* signed.

    *keyring* holds OpenPGP certificates, binary or in ASCII armour. Nothing of *content*
    outside of the signed part is returned. Raises ArchiveError where no key of the ring
    made a valid signature; signatures of other keys beside it do no harm, as with apt.
    """
    import pysequoia

    try:
        certificates = pysequoia.Cert.split_bytes(keyring)
    except RuntimeError as error:
        raise ArchiveError(
            f"the keyring for {what} cannot be read: {_first_line(error)}",
            hint="`debian.keyring` must name a file of OpenPGP certificates",
        ) from error
    try:
        verified = pysequoia.verify(bytes=content, store=lambda _: certificates)
    except RuntimeError as error:
        raise ArchiveError(
            f"{what} is not signed by a key of the Debian archive: {_first_line(error)}",
            hint="the mirror or something on the way changed it, or the archive has keys of its "
            "own: then set `debian.keyring` to a file that holds them",
        ) from error
    body = verified.bytes
    if not body:
        raise ArchiveError(f"{what} is signed, but empty")
    return bytes(body)


def _first_line(error: RuntimeError) -> str:
    """Return what *error* says, without the library's stack trace."""
    return str(error).partition("\n")[0].rstrip(".")
