"""What `boxwright pin` did, or would do, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable

from boxwright.ship.pin import PinnedFile

VERSION = 1


def pin_json(files: Iterable[PinnedFile]) -> str:
    """Return one document: every place that names an image, and what becomes of it."""
    document = {
        "version": VERSION,
        "images": [
            {
                "path": file.path,
                "line": outcome.position.line,
                "column": outcome.position.column,
                "status": outcome.status.value,
                "before": outcome.before,
                "after": outcome.after or outcome.before,
                "reason": outcome.reason,
                "hint": outcome.hint,
            }
            for file in files
            for outcome in file.outcomes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
