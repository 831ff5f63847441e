"""
A label is there that is not among those allowed.

Where labels drive deployments or billing, a mistyped or invented key goes unnoticed. This rule is off until it is told the keys.

Bad:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.sourse="https://git.example.com/ranker"
```

Good:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.source="https://git.example.com/ranker"
```

## Settings

`allowed`: patterns of keys that may be there; by default those of the image specification.

## Equivalents

hadolint DL3050.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Label

_KEYS = (
    "created", "authors", "url", "documentation", "source", "version", "revision", "vendor",
    "licenses", "ref.name", "title", "description", "base.digest", "base.name",
)  # fmt: skip


@rule(
    Build,
    severity=Severity.INFO,
    default=False,
    options={"allowed": [f"org.opencontainers.image.{key}" for key in _KEYS]},
)
def superfluous_label(build: Build) -> Iterator[Problem]:
    allowed = build.options["allowed"]
    patterns = allowed if isinstance(allowed, (list, tuple)) else ()
    for label in build.of(Label):
        for pair in label.pairs:
            key = pair.name.value
            if not any(fnmatchcase(key, str(pattern)) for pattern in patterns):
                yield Problem(f"the label `{key}` is not among those allowed", pair.name.span)
