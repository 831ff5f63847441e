"""
FROM names an image without its digest.

A tag can be pushed again; a digest is the image's own checksum, and stays what it is even if the registry is broken into.
It only pays with a bot that renews it: a digest that nobody touches keeps yesterday's vulnerabilities.

Bad:

```dockerfile
FROM python:3.12-slim
```

Good:

```dockerfile
FROM python:3.12-slim@sha256:0000000000000000000000000000000000000000000000000000000000000000
```

## When it is fine

Where builds are meant to take every patch release, and what was shipped is recorded elsewhere: this rule is off unless it is selected.

## Equivalents

semgrep dockerfile-source-not-pinned.

Variables are judged by their defaults.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO, default=False)
def undigested_base(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        image = stage.base
        if stage.parent is None and image.reference and not image.is_scratch and not image.digest:
            yield Problem(f"`{image.reference}` has no digest", stage.stage.from_.image.span)
