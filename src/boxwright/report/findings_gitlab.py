"""Findings → a Code Quality report, which GitLab shows in merge requests."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from boxwright.findings.finding import Finding, Severity
from boxwright.practices.rule import Rule
from boxwright.text.source import Source

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],  # noqa: ARG001 (of all formats)
    rules: Mapping[str, Rule[Any]],  # noqa: ARG001
) -> str:
    """Return *findings* as GitLab's part of the Code Climate format."""
    seen: dict[str, int] = {}
    return json.dumps([_issue(finding, seen) for finding in findings], indent=2) + "\n"


def _issue(finding: Finding, seen: dict[str, int]) -> dict[str, object]:
    return {
        "description": finding.message,
        "check_name": finding.rule,
        "fingerprint": _fingerprint(finding, seen),
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": posixpath.normpath(finding.path),
            "lines": {"begin": finding.start.line, "end": finding.end.line},
        },
    }


def _fingerprint(finding: Finding, seen: dict[str, int]) -> str:
    """Return the fingerprint of *finding*, made unique: GitLab shows equal ones once."""
    text = finding.fingerprint or "\0".join((finding.rule, finding.path, finding.message))
    seen[text] = number = seen.get(text, 0) + 1
    if finding.fingerprint and number == 1:
        return finding.fingerprint
    import hashlib

    return hashlib.sha256(f"{text}\0{number}".encode(errors="backslashreplace")).hexdigest()
