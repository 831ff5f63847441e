"""What differs between two images → one JSON document."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from boxwright import __version__
from boxwright.findings.finding import Finding
from boxwright.scan.diff import Difference, ImageDiff

VERSION = 1


def render(
    found: ImageDiff,
    *,
    shown: Callable[[str, str], str],
    new: Sequence[Finding] = (),
    gone: Sequence[Finding] = (),
    causes: Sequence[Difference] = (),
) -> str:
    """Return the document: sizes in bytes, of the first image and the second."""
    document = {
        "version": VERSION,
        "tool": {"name": "boxwright", "version": __version__},
        "same": found.is_empty,
        "sizes": {
            "stored": list(found.stored),
            "unpacked": list(found.shipped),
            "final": list(found.size),
        },
        "layers": {
            "shared": list(found.shared),
            "only_first": list(found.only_a),
            "only_second": list(found.only_b),
        },
        "config": [
            {
                "key": change.key,
                "before": None if change.before is None else shown(change.key, change.before),
                "after": None if change.after is None else shown(change.key, change.after),
            }
            for change in found.config
        ],
        "packages": [
            {
                "type": change.type,
                "name": change.name,
                "how": change.how,
                "before": list(change.before),
                "after": list(change.after),
                "size": change.size,
            }
            for change in found.packages
        ],
        "files": [
            {
                "path": change.path,
                "how": change.how,
                "what": list(change.what),
                "size": change.size,
                "owner": change.owner,
            }
            for change in found.files
        ],
        "findings": {
            "new": [_finding(each) for each in new],
            "gone": [_finding(each) for each in gone],
        },
        "causes": [
            {
                "cause": cause.cause,
                "layer": cause.layer,
                "names": list(cause.names),
                "count": cause.count,
                "advice": cause.advice,
            }
            for cause in causes
        ],
    }
    # In ASCII: names in an image may be no text, and their stand-ins are not UTF-8.
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
    }
