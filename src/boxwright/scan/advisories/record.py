"""
A record in the OSV format, as much of it as matching needs.

The format: https://ossf.github.io/osv-schema/ (1.7.5). Databases write `null` where they
have nothing, and fields of their own; neither is an error here.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

LONGEST = 16 << 20
"""Bytes that a record may have; the largest of the kernel have some megabytes."""
_SUMMARY = 200
_REFERENCES = 20
_ADVISORY_KINDS = ("ADVISORY", "FIX", "REPORT", "EVIDENCE", "ARTICLE", "WEB")


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A step in the history of a range; exactly one field is set, if it is as it should be."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None

    @property
    def version(self) -> str:
        """The version that it is about."""
        return self.introduced or self.fixed or self.last_affected or self.limit or ""


class Range(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Versions between events."""

    type: str = ""
    """`SEMVER`, `ECOSYSTEM` or `GIT`."""
    events: tuple[Event, ...] | None = None


class Severity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How bad it is, by one measure."""

    type: str = ""
    """`CVSS_V2`, `CVSS_V3`, `CVSS_V4` or `Ubuntu`."""
    score: str = ""


class AffectedPackage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Which package is affected."""

    ecosystem: str = ""
    name: str = ""


class Specific(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What ecosystems and databases say beyond the format."""

    urgency: Any = None
    """Debian's: `low`, `unimportant`, `end-of-life`, `not yet assigned`."""
    severity: Any = None
    """GitHub's: `MODERATE`."""


class Affected(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A package, and which versions of it are affected."""

    package: AffectedPackage | None = None
    ranges: tuple[Range, ...] | None = None
    versions: tuple[str, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    ecosystem_specific: Specific | None = None

    @property
    def urgency(self) -> str:
        """Debian's word for how urgent it is; empty where there is none."""
        specific = self.ecosystem_specific
        word = specific.urgency if specific else None
        return word.strip().lower() if isinstance(word, str) else ""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where more is written."""

    type: str = ""
    url: str = ""


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A vulnerability, as one database has it."""

    id: str
    modified: str = ""
    published: str | None = None
    withdrawn: str | None = None
    aliases: tuple[str, ...] | None = None
    upstream: tuple[str, ...] | None = None
    summary: str | None = None
    details: str | None = None
    severity: tuple[Severity, ...] | None = None
    affected: tuple[Affected, ...] | None = None
    references: tuple[Reference, ...] | None = None
    database_specific: Specific | None = None


_DECODER = msgspec.json.Decoder(Record)


def parse_record(content: bytes) -> Record:
    """Return the record in *content*; raises ValueError, with a clause, where there is none."""
    if len(content) > LONGEST:
        raise ValueError(f"it has {len(content)} bytes, more than {LONGEST}")
    try:
        record = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is no record of OSV ({error})") from error
    if not record.id.strip() or len(record.id) > 200:
        raise ValueError("it has no `id`")
    return record


def head_of(record: Record) -> Record:
    """
    Return *record* without what it affects, as short as it is shown.

    >>> head_of(Record(id="X-1", details="## It fails")).summary
    'It fails'
    """
    references = sorted(
        (reference for reference in record.references or () if reference.url),
        key=lambda reference: (
            _ADVISORY_KINDS.index(reference.type) if reference.type in _ADVISORY_KINDS else 9
        ),
    )
    return msgspec.structs.replace(
        record,
        summary=_one_line(record.summary or record.details or ""),
        details=None,
        affected=None,
        references=tuple(references[:_REFERENCES]),
    )


def _one_line(text: str) -> str:
    text = text[: 20 * _SUMMARY].strip()
    paragraph = re.split(r"\n[ \t]*\n", text, maxsplit=1)[0].lstrip("#")
    line = " ".join(paragraph.split())
    return line if len(line) <= _SUMMARY else f"{line[: _SUMMARY - 1].rstrip()}…"
