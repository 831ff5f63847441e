"""
Findings → SARIF 2.1.0, which code hosts and editors read.

<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from boxwright import __version__
from boxwright.findings.finding import Applicability, Finding, Fix, Severity
from boxwright.practices.rule import Rule
from boxwright.text.source import Position, Source, Span

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# What GitHub sorts by, apart from the level.
_PROBLEMS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "recommendation",
}


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],
    rules: Mapping[str, Rule[Any]],
) -> str:
    """
    Return *findings* as a log of one run, with the pages of the *rules* that found them.

    The log has no lines of the sources: they may hold the very secret that was found.
    """
    names = sorted({finding.rule for finding in findings})
    index = {name: number for number, name in enumerate(names)}
    run = {
        "tool": {
            "driver": {
                "name": "boxwright",
                "version": __version__,
                "rules": [_rule(name, rules.get(name)) for name in names],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The folder that boxwright was run in."}}
        },
        "results": [
            _result(finding, index[finding.rule], sources.get(finding.path)) for finding in findings
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str, rule: Rule[Any] | None) -> dict[str, object]:
    if rule is None:
        return {"id": name}
    page = rule.page.strip()
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"enabled": rule.default, "level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.area], "problem.severity": _PROBLEMS[rule.severity]},
    }


def _result(finding: Finding, rule: int, source: Source | None) -> dict[str, object]:
    location = {
        "physicalLocation": {
            "artifactLocation": _artifact(finding.path),
            "region": _region(finding.start, finding.end),
        }
    }
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding.message)},
        "locations": [location],
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"boxwright/v1": finding.fingerprint}
    # The format has changes of files, and no new files.
    if finding.fix and source and finding.fix.edits and not finding.fix.creates:
        result["fixes"] = [_fix(finding.fix, finding.path, source)]
    return result


def _fix(fix: Fix, path: str, source: Source) -> dict[str, object]:
    unsafe = fix.applicability is Applicability.UNSAFE
    replacements = []
    for edit in fix.edits:
        span = Span(edit.start, edit.end)
        replacement: dict[str, object] = {
            "deletedRegion": _region(source.position(span.start), source.position(span.end))
        }
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        replacements.append(replacement)
    return {
        "description": {"text": _message(fix.title + (" (unsafe fix)" if unsafe else ""))},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
    }


def _region(start: Position, end: Position) -> dict[str, int]:
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _artifact(path: str) -> dict[str, str]:
    """Return the location of *path*, which is relative to where boxwright was run, or absolute."""
    uri = quote(posixpath.normpath(path), errors="surrogateescape")
    if uri.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": _ROOT}


def _message(text: str) -> str:
    """Return *text* as a plain message, in which brackets and parentheses are no link."""
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text
