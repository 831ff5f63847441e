"""What a scan found → SARIF 2.1.0, a result for each vulnerability of a package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from boxwright import __version__
from boxwright.practices.image_leaks import RULES, counted_leaks
from boxwright.practices.registry import find_rule
from boxwright.scan.contents import Contents
from boxwright.scan.leaks import Leak
from boxwright.scan.match import Matches
from boxwright.scan.vulnerability import Match

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"critical": "error", "high": "error", "medium": "warning"}
_SCORES = {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 2.0}
"""Of an advisory with a severity and no score: GitHub sorts by the number."""


def render(
    contents: Contents,
    matches: Matches,
    counting: Sequence[Match],
    *,
    level: str,  # noqa: ARG001 (of all formats)
) -> str:
    """
    Return a log of one run; what is not counted is there too, suppressed or as a note.

    The place of a result is the image, as a relative address: code hosts refuse others.
    """
    counted = {id(match) for match in counting}
    advisories = {match.advisory.id: match for match in matches.matches}
    names = sorted(advisories)
    index = {name: at for at, name in enumerate(names)}
    leaks = counted_leaks(contents)
    kinds = sorted({RULES[leak.place] for leak in leaks})
    index |= {name: len(names) + at for at, name in enumerate(kinds)}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "boxwright",
                        "version": __version__,
                        "rules": [
                            *(_rule(advisories[name]) for name in names),
                            *(_rule_of_leaks(name) for name in kinds),
                        ],
                    }
                },
                "invocations": [{"executionSuccessful": matches.is_complete}],
                "results": [
                    *(
                        _result(contents, match, index, is_counted=id(match) in counted)
                        for match in matches.matches
                    ),
                    *(_leak(contents, leak, index) for leak in leaks),
                ],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rule_of_leaks(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": find_rule(name).summary},
        "properties": {"security-severity": "9.0", "tags": ["security", "secret"]},
    }


def _leak(contents: Contents, leak: Leak, index: dict[str, int]) -> dict[str, Any]:
    name = contents.inspected.name
    where = f"`/{leak.name}`, line {leak.line}" if leak.place == "file" else leak.place
    what = leak.name if leak.place != "file" else ""
    text = f"{leak.kind} ({leak.redacted}) in {where} {what}".rstrip()
    key = f"{RULES[leak.place]} {leak.kind} {leak.place} {leak.name} {leak.line}"
    return {
        "ruleId": RULES[leak.place],
        "ruleIndex": index[RULES[leak.place]],
        "level": "error",
        "message": {"text": text},
        "locations": [_location(name, f"{name}: {leak.name or leak.place}")],
        "partialFingerprints": {"boxwright/v1": _fingerprint(key)},
    }


def _location(image: str, name: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(image.lstrip("/"), safe="/")},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"fullyQualifiedName": name}],
    }


def _fingerprint(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def _rule(match: Match) -> dict[str, Any]:
    advisory = match.advisory
    score = advisory.score if advisory.score is not None else _SCORES.get(advisory.severity, 0.0)
    rule: dict[str, Any] = {
        "id": advisory.id,
        "shortDescription": {"text": advisory.summary or advisory.id},
        "properties": {
            "security-severity": f"{score:.1f}",
            "tags": ["security", "vulnerability", advisory.severity],
        },
    }
    if advisory.references:
        rule["helpUri"] = advisory.references[0]
    return rule


def _result(
    contents: Contents, match: Match, index: dict[str, int], *, is_counted: bool
) -> dict[str, Any]:
    package, advisory = match.package, match.advisory
    fixed = f"; fixed in {match.fixed[0]}" if match.fixed else "; there is no fix yet"
    advice = f"; {match.advice}" if match.advice else ""
    text = (
        f"{package.name} {package.version} has {advisory.id} ({advisory.severity}){fixed}{advice}"
    )
    level = _LEVELS.get(advisory.severity, "note") if is_counted else "note"
    name = contents.inspected.name
    key = f"{advisory.id} {package.type} {package.name} {package.path}"
    result: dict[str, Any] = {
        "ruleId": advisory.id,
        "ruleIndex": index[advisory.id],
        "level": level,
        "message": {"text": text},
        "locations": [_location(name, f"{name}: {package.path}")],
        "partialFingerprints": {"boxwright/v1": _fingerprint(key)},
    }
    if match.state not in ("affected", "under_investigation"):
        result["suppressions"] = [{"kind": "external", "justification": match.reason}]
    return result
