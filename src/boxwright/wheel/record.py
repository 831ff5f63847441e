"""
RECORD: which files a distribution has, with their digests and sizes.

Recording installed projects, "The RECORD file"; binary distribution format, "Signed
wheel files".
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

from boxwright.errors import PackageError
from boxwright.wheel.archive import Member, WheelArchive

_MOST_BYTES, _MOST_BYTES_OF_MEMBER = 1_000_000, 1_000
"""How long a RECORD may be, and how much longer for each member: many times what one needs."""

_ALGORITHMS = {"sha256": 43, "sha384": 64, "sha512": 86}
"""Algorithms that are at least as good as sha256, and how long their digests are written."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file that RECORD lists; *algorithm* and *digest* are empty for RECORD itself."""

    path: str
    algorithm: str
    digest: str
    """URL-safe base64 without padding."""
    size: int | None


def read_record(wheel: WheelArchive, dist_info: str) -> dict[str, Row]:
    """
    Return the rows of *wheel*'s RECORD by path.

    Raises PackageError unless every member of the wheel, RECORD and its signatures
    aside, is listed once, with a digest and the right size.
    """
    path = f"{dist_info}/RECORD"
    member = wheel.find(path)
    if member is None:
        raise _wrong(wheel, f"has no `{path}`")
    try:
        limit = _MOST_BYTES + _MOST_BYTES_OF_MEMBER * len(wheel.members)
        text = wheel.content(member, limit=limit).decode()
        rows = _rows(wheel, csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong(wheel, f"has a RECORD that cannot be read: {error}") from error
    unlisted = unrecorded(dist_info)
    for member in wheel.members:
        if member.name in unlisted:
            continue
        row = rows.get(member.name)
        if row is None:
            raise _wrong(wheel, f"holds `{member.name}`, which its RECORD does not list")
        if not row.algorithm:
            raise _wrong(wheel, f"lists `{member.name}` in its RECORD without a digest")
        if row.size is not None and row.size != member.size:
            raise _wrong(
                wheel,
                f"holds `{member.name}` with {member.size} bytes, its RECORD says {row.size}",
            )
    return rows


def unrecorded(dist_info: str) -> frozenset[str]:
    """Return the members that RECORD cannot list with a digest: itself and its signatures."""
    return frozenset(f"{dist_info}/RECORD{suffix}" for suffix in ("", ".jws", ".p7s"))


class Verifier:
    """Computes the digest that a row promises, and tells whether it is the promised one."""

    def __init__(self, wheel: WheelArchive, member: Member, row: Row) -> None:
        self._wheel, self._member, self._row = wheel, member, row
        self._hash = hashlib.new(row.algorithm)
        self.update = self._hash.update

    def check(self) -> None:
        """Raise PackageError where what was seen is not what RECORD promises."""
        if _encode(self._hash.digest()) != self._row.digest:
            raise _wrong(
                self._wheel, f"holds another `{self._member.name}` than its RECORD promises"
            )


def row_of(path: str, content: bytes) -> Row:
    """Return the row of a file with *content*."""
    return Row(path, "sha256", _encode(hashlib.sha256(content).digest()), len(content))


def print_record(rows: Iterable[Row], own_path: str) -> bytes:
    """Return the RECORD, itself at *own_path*, that lists *rows*, sorted by path."""
    table = [
        (row.path, f"{row.algorithm}={row.digest}", "" if row.size is None else str(row.size))
        for row in rows
    ]
    table.append((own_path, "", ""))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(table))
    return text.getvalue().encode()


def _rows(wheel: WheelArchive, table: Iterable[list[str]]) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for line in table:
        if not line:
            continue
        if len(line) != 3:
            raise _wrong(wheel, f"has a RECORD line with {len(line)} fields: `{line[0][:100]}`")
        path, hashed, size = line
        algorithm, _, digest = hashed.partition("=")
        if hashed and not _is_digest(algorithm, digest):
            raise _wrong(
                wheel, f"lists `{path}` in its RECORD with `{hashed[:60]}`, not with a sha256"
            )
        if size and not (size.isascii() and size.isdigit()):
            raise _wrong(wheel, f"lists `{path}` in its RECORD with the size `{size[:30]}`")
        row = Row(path, algorithm, digest, int(size) if size else None)
        if rows.setdefault(path, row) != row:
            raise _wrong(wheel, f"lists `{path}` in its RECORD twice, and differently")
    return rows


def _is_digest(algorithm: str, digest: str) -> bool:
    if len(digest) != _ALGORITHMS.get(algorithm):
        return False
    try:
        return _encode(base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4))) == digest
    except (ValueError, binascii.Error):
        return False


def _encode(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _wrong(wheel: WheelArchive, why: str) -> PackageError:
    return PackageError(
        f"wheel `{wheel.filename}` {why}",
        hint="the wheel was changed after it was built; fetch it again or tell its publisher",
    )
