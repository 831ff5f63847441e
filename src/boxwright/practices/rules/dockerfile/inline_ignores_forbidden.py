"""
A comment silences a rule.

Where exceptions are to be agreed upon in one place, the settings file, comments in Dockerfiles must not make their own.
The rule is off until somebody wants that.

Bad:

```dockerfile
# hadolint ignore=DL3006
FROM python
```

Good:

```dockerfile
FROM python:3.12-slim
```

## Equivalents

hadolint DL1001.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_MARKS = (
    "hadolint ignore=",
    "hadolint global ignore=",
    "boxwright: ignore",
    "check=skip=",
    "checkov:skip=",
    "trivy:ignore:",
)


@rule(Build, severity=Severity.WARNING, default=False)
def inline_ignores_forbidden(build: Build) -> Iterator[Problem]:
    for comment in build.dockerfile.comments:
        if " ".join(comment.text.split()).startswith(_MARKS):
            yield Problem("this comment silences a rule", comment.span)
