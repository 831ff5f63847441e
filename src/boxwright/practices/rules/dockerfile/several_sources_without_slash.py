"""
Several files are copied to something that is not named as a folder.

With more than one source, the destination has to be a folder and end with `/`. The builder refuses it otherwise.

Bad:

```dockerfile
FROM python:3.12-slim
COPY pyproject.toml uv.lock /app
```

Good:

```dockerfile
FROM python:3.12-slim
COPY pyproject.toml uv.lock /app/
```

## Fix

The slash is added. Safe.

## Equivalents

hadolint DL3021, trivy DS-0011, KICS "Copy With More Than Two Arguments Not Ending With Slash".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.ERROR)
def several_sources_without_slash(build: Build) -> Iterator[Problem]:
    for copy in (*build.of(Copy), *build.of(Add)):
        target = copy.destination
        if target is None or len(copy.sources) + len(copy.heredocs) < 2:
            continue
        # `.` and `..` cannot be anything but folders, and a variable may end with a slash.
        if target.value.endswith(("/", "\\")) or "$" in target.value or target.value in (".", ".."):
            continue
        inside = target.raw[-1:] in "\"'" or copy.is_exec
        at = target.span.end - 1 if inside else target.span.end
        yield Problem(
            message=f"{len(copy.sources)} sources are copied to `{target.value}`, which does not"
            " end with `/`",
            span=target.span,
            fix=Fix(
                title=f"Write `{target.value}/`",
                edits=(Edit.insert(at, "/"),),
                applicability=Applicability.SAFE,
            ),
        )
