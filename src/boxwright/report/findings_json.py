"""Findings → one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from boxwright import __version__
from boxwright.findings.finding import Applicability, Finding, Fix, Severity
from boxwright.practices.rule import Rule
from boxwright.text.source import Position, Source

_VERSION = 1
"""Of the document: raised when a key is taken away or means something else."""


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],
    rules: Mapping[str, Rule[Any]],  # noqa: ARG001 (of all formats)
) -> str:
    """Return *findings* as a document; lines and columns are counted from 1, offsets from 0."""
    document = {
        "version": _VERSION,
        "tool": {"name": "boxwright", "version": __version__},
        "findings": [_finding(finding, sources.get(finding.path)) for finding in findings],
        "summary": {
            "files": len(sources),
            "findings": len(findings),
            **{
                str(severity): sum(finding.severity is severity for finding in findings)
                for severity in sorted(Severity, reverse=True)
            },
            "fixes": {
                each.value: sum(
                    finding.fix is not None and finding.fix.applicability is each
                    for finding in findings
                )
                for each in Applicability
            },
        },
    }
    # In ASCII: a file may hold bytes that are no text, and their stand-ins are not UTF-8.
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding, source: Source | None) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "path": finding.path,
        "start": _place(finding.start, finding.span.start),
        "end": _place(finding.end, finding.span.end),
        "fingerprint": finding.fingerprint,
        "fix": _fix(finding.fix, source) if finding.fix else None,
    }


def _fix(fix: Fix, source: Source | None) -> dict[str, object]:
    def place(offset: int) -> dict[str, int]:
        return _place(source.position(offset), offset) if source else {"offset": offset}

    return {
        "title": fix.title,
        "applicability": fix.applicability.value,
        "edits": [
            {"start": place(edit.start), "end": place(edit.end), "text": edit.text}
            for edit in fix.edits
        ],
        "creates": [{"path": path, "content": content} for path, content in fix.creates],
    }


def _place(position: Position, offset: int) -> dict[str, int]:
    return {"line": position.line, "column": position.column, "offset": offset}
