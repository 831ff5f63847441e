"""What a scan found → one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from boxwright import __version__
from boxwright.scan.contents import Contents
from boxwright.scan.leaks import Leak
from boxwright.scan.match import Matches
from boxwright.scan.vulnerability import SEVERITIES, Match

VERSION = 1


def render(contents: Contents, matches: Matches, counting: Sequence[Match], *, level: str) -> str:
    """
    Return the document; layers and lines are counted from 0 and from 1.

    *level* is the least severity that counts: `high`, `any` or `none`.
    """
    counted = {id(match) for match in counting}
    inspected = contents.inspected
    document = {
        "version": VERSION,
        "tool": {"name": "boxwright", "version": __version__},
        "image": {"name": inspected.name, "digest": inspected.image.digest},
        "matches": [_match(match, is_counted=id(match) in counted) for match in matches.matches],
        "leaks": [_leak(leak) for leak in contents.leaks],
        "unchecked": [
            {"what": each.what, "packages": each.packages, "reason": each.reason}
            for each in matches.unchecked
        ],
        "undecided": [
            {"record": each.record, "package": each.package.name, "reason": each.reason}
            for each in matches.undecided
        ],
        "unread": [
            *(
                f"layer {layer.at}: {layer.problem}"
                for layer in contents.inspected.layers
                if layer.problem
            ),
            *contents.inventory.unread,
        ],
        "databases": dict(matches.databases),
        "summary": {
            "packages": len(contents.inventory.packages),
            "checked": matches.checked,
            "complete": matches.is_complete
            and not any(layer.problem for layer in contents.inspected.layers),
            "fail_on": level,
            "counted": len(counting),
            **{
                severity: sum(
                    match.advisory.severity == severity and match.state == "affected"
                    for match in matches.matches
                )
                for severity in SEVERITIES
            },
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _match(match: Match, *, is_counted: bool) -> dict[str, Any]:
    package, advisory = match.package, match.advisory
    return {
        "id": advisory.id,
        "aliases": list(advisory.aliases),
        "record": match.record,
        "severity": advisory.severity,
        "score": advisory.score,
        "vector": advisory.vector,
        "summary": advisory.summary,
        "references": list(advisory.references),
        "package": {
            "type": package.type,
            "name": package.name,
            "version": package.version,
            "source": package.source,
            "path": package.path,
            "vendored_in": package.vendored_in,
        },
        "ecosystem": match.ecosystem,
        "evidence": match.evidence,
        "fixed": list(match.fixed),
        "layer": match.layer,
        "state": match.state,
        "reason": match.reason,
        "advice": match.advice,
        "counted": is_counted,
        "source": match.source,
    }


def _leak(leak: Leak) -> dict[str, Any]:
    return {
        "kind": leak.kind,
        "redacted": leak.redacted,
        "place": leak.place,
        "name": leak.name,
        "line": leak.line or None,
        "layer": leak.layer,
        "step": leak.step,
        "state": leak.state,
        "removed_by": leak.removed_by,
        "certain": leak.certain,
    }
