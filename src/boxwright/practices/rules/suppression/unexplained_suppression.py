"""
A suppression gives no reason.

Whoever reads `# boxwright: ignore[root-user]` a year later cannot tell whether it still
holds. A reason can be checked: when the reason goes, the comment goes.

This rule is off unless it is selected.

Bad:

```dockerfile
FROM python:3.12-slim
# boxwright: ignore[relative-workdir]
WORKDIR app
```

Good:

```dockerfile
FROM python:3.12-slim
# boxwright: ignore[relative-workdir] because the base image sets an absolute one
WORKDIR app
```

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.suppression import Suppressions


@rule(Suppressions, severity=Severity.INFO, default=False)
def unexplained_suppression(file: Suppressions) -> Iterator[Problem]:
    for suppression in file.comments:
        if not (suppression.tool or suppression.error or suppression.reason):
            yield Problem(
                "the suppression gives no reason: add `because …` behind it", suppression.span
            )
