"""
Release files: what a suite consists of, by digest.

The format is that of https://wiki.debian.org/DebianRepository/Format, "Release files".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from boxwright.debian.control import parse_paragraphs
from boxwright.debian.signature import signed_body
from boxwright.errors import ArchiveError
from boxwright.oci.digest import Digest

_SHA256_LINE = re.compile(r"([0-9a-f]{64})\s+([0-9]{1,15})\s+(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """A file of the suite: its path below the suite's folder, its digest and its size."""

    path: str
    digest: Digest
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Release file whose signature was verified."""

    suite: str
    codename: str
    by_hash: bool
    """Whether index files can be had by their digest, which no update can replace."""
    valid_until: datetime | None
    files: Mapping[str, IndexFile]


def read_release(
    content: bytes,
    keyring: bytes,
    *,
    suite: str,
    now: datetime,
    check_valid_until: bool = True,
) -> Release:
    """
    Return what the signed InRelease file *content* says of *suite*.

    Raises ArchiveError where it is not signed by a key of *keyring*, is of another suite,
    or was valid only until a time before *now*.
    """
    what = f"the InRelease file of `{suite}`"
    body = signed_body(content, keyring, what=what)
    try:
        fields = next(parse_paragraphs(body.decode()), {})
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{what} is not text in UTF-8") from error
    release = Release(
        suite=fields.get("suite", ""),
        codename=fields.get("codename", ""),
        by_hash=fields.get("acquire-by-hash", "").lower() == "yes",
        valid_until=_time(fields["valid-until"], what) if "valid-until" in fields else None,
        files=_files(fields.get("sha256", ""), what),
    )
    if suite not in {release.codename, release.suite}:
        raise ArchiveError(
            f"{what} is of the suite `{release.codename or release.suite}`",
            hint="the mirror gave another suite's file; try another mirror",
        )
    if check_valid_until and release.valid_until is not None and release.valid_until < now:
        raise ArchiveError(
            f"{what} expired on {release.valid_until:%Y-%m-%d %H:%M} UTC",
            hint="the mirror is out of date, or this machine's clock is wrong: try another "
            "mirror; for an archive that is kept as it was set `debian.check-valid-until = false`",
        )
    return release


def _time(text: str, what: str) -> datetime:
    try:
        time = parsedate_to_datetime(text)
    except ValueError as error:
        raise ArchiveError(f"{what} has the time `{text}`, which cannot be read") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _files(field: str, what: str) -> dict[str, IndexFile]:
    files = {}
    for line in field.split("\n"):
        if not line.strip():
            continue
        match = _SHA256_LINE.fullmatch(line.strip())
        if match is None:
            raise ArchiveError(f"{what} has the line `{line[:80]}` among its SHA256 digests")
        digest, size, path = match.groups()
        files[path] = IndexFile(path=path, digest=Digest(f"sha256:{digest}"), size=int(size))
    if not files:
        raise ArchiveError(f"{what} has no SHA256 digests")
    return files
