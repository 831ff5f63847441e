"""
FROM and AS are written in different cases.

`FROM … as build` is the same to the builder; to the eye the name of the stage is lost among the rest of the line.

Bad:

```dockerfile
FROM python:3.12-slim as build
```

Good:

```dockerfile
FROM python:3.12-slim AS build
```

## Fix

AS is written as FROM is. Safe.

## Equivalents

BuildKit FromAsCasing.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def from_as_casing(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        from_ = stage.stage.from_
        word = from_.as_keyword
        keyword = from_.written_keyword
        # A FROM that is in both cases is for `instruction-casing`.
        if word is None or keyword not in ("from", "FROM"):
            continue
        wanted = "as" if keyword == "from" else "AS"
        if word.raw != wanted:
            yield Problem(
                message=f"`{word.raw}` is in another case than `{keyword}`",
                span=word.span,
                fix=Fix(
                    title=f"Write `{wanted}`",
                    edits=(Edit.replace(word.span, wanted),),
                    applicability=Applicability.SAFE,
                ),
            )
