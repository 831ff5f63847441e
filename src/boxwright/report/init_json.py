"""What `boxwright init` did, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable

from boxwright.plan.model import Notice
from boxwright.setup.files import Outcome
from boxwright.setup.made_secrets import Made


def init_json(outcomes: Iterable[Outcome], made: Iterable[Made], notices: Iterable[Notice]) -> str:
    """Return one document: `files`, `secrets` (never their values) and `notices`."""
    return json.dumps(
        {
            "files": [
                {
                    "path": outcome.path,
                    "status": outcome.status,
                    "changed": outcome.is_change,
                    "conflicts": [
                        {
                            "line": conflict.line,
                            "yours": "".join(conflict.mine),
                            "generated": "".join(conflict.theirs),
                        }
                        for conflict in outcome.conflicts
                    ],
                }
                for outcome in outcomes
            ],
            "secrets": [{"path": item.path, "text": item.text} for item in made],
            "notices": [{"text": notice.text, "hint": notice.hint} for notice in notices],
        },
        indent=2,
        ensure_ascii=False,
    )
