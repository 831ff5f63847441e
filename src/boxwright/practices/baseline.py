"""
Findings that are known already: fingerprints of findings, and files of them.

A fingerprint is that of the rule, the file and the text of the line that a finding is in;
it stays the same while lines around it come and go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from boxwright.errors import SettingsError
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.findings.finding import Finding
    from boxwright.text.source import Source

_VERSION = 1


def with_fingerprints(
    findings: Iterable[Finding], source: Source, path: str
) -> tuple[Finding, ...]:
    """
    Return *findings*, all of the file *path* with the text *source*, with fingerprints.

    *path* is relative to the project, so that it is the same wherever the project lies.
    Behind a colon stands which of several alike it is.
    """
    import hashlib

    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        line = " ".join(source.line(finding.start.line).split())
        text = "\0".join((finding.rule, path, line))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[digest] += 1
        result.append(finding._replace(fingerprint=f"{digest}:{seen[digest]}"))
    return tuple(result)


class Known(NamedTuple):
    """What a baseline leaves of findings."""

    left: tuple[Finding, ...]
    hidden: int
    stale: int
    """How many findings of the baseline are there no more, in the files that were checked."""


class Baseline:
    """How often each finding is known, by path and fingerprint."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self._counts = counts

    @classmethod
    def of(cls, findings: Mapping[str, Sequence[Finding]]) -> Baseline:
        """Return the baseline that hides *findings*, which are by path and have fingerprints."""
        return cls(
            {
                path: Counter(_entry(finding) for finding in found)
                for path, found in findings.items()
                if found
            }
        )

    @classmethod
    def parse(cls, text: str, name: str) -> Baseline:
        """Return the baseline in *text*; SettingsError with the file's *name* where it is none."""
        import json

        hint = "write it anew with `boxwright check --write-baseline`"
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise SettingsError(f"`{name}` is not JSON", hint=hint) from None
        if not isinstance(document, dict) or document.get("version") != _VERSION:
            raise SettingsError(f"`{name}` is no baseline of version {_VERSION}", hint=hint)
        findings = document.get("findings")
        if not isinstance(findings, dict) or not all(
            isinstance(entries, dict) and all(type(count) is int for count in entries.values())
            for entries in findings.values()
        ):
            raise SettingsError(f"{name}: findings: expected tables of numbers", hint=hint)
        return cls(findings)

    def print(self) -> str:
        """Return the text of it, the same for the same findings."""
        import json

        ordered = {
            path: dict(sorted(entries.items())) for path, entries in sorted(self._counts.items())
        }
        return json.dumps({"version": _VERSION, "findings": ordered}, indent=2) + "\n"

    def less(self, path: str, findings: Iterable[Finding]) -> Known:
        """Return which of *findings*, those in the file *path*, are not known."""
        counts = Counter(self._counts.get(path, {}))
        left = []
        hidden = 0
        for finding in findings:
            entry = _entry(finding)
            if counts[entry] > 0:
                counts[entry] -= 1
                hidden += 1
            else:
                left.append(finding)
        return Known(tuple(left), hidden, sum(max(count, 0) for count in counts.values()))


def _entry(finding: Finding) -> str:
    """Return the key of *finding*: the rule's name too, for whoever reads the file."""
    return f"{finding.rule} {finding.fingerprint.partition(':')[0]}"
