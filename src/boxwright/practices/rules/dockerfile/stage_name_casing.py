"""
The name of a stage has capitals.

`COPY --from` and `--target` find it in any case, but `FROM Build` does not: there a name with capitals is taken for an image, and refused.
Small letters work everywhere.

Bad:

```dockerfile
FROM python:3.12 AS Build
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=Build /srv /srv
```

Good:

```dockerfile
FROM python:3.12 AS build
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=build /srv /srv
```

## Fix

The name is written in small letters, and so is every place in the file that names the stage. Safe: it is the same stage.

## Equivalents

BuildKit StageNameCasing.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_references import stage_references
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit
from boxwright.text.source import Span


@rule(Build, severity=Severity.INFO)
def stage_name_casing(build: Build) -> Iterator[Problem]:
    written = [stage.stage.from_.name for stage in build.stages]
    if all(name is None or name.raw == name.raw.lower() for name in written):
        return
    places = _places(build)
    for name in written:
        if name is None or name.raw == name.raw.lower():
            continue
        lower = name.raw.lower()
        spans = [name.span, *places.get(lower, ())]
        yield Problem(
            message=f"the stage `{name.raw}` has capitals in its name",
            span=name.span,
            fix=Fix(
                title=f"Call it `{lower}`",
                edits=tuple(Edit.replace(span, lower) for span in spans),
                applicability=Applicability.SAFE,
            ),
        )


def _places(build: Build) -> dict[str, list[Span]]:
    """Return where stages are called by a name with capitals, by the name without."""
    found: dict[str, list[Span]] = {}
    for stage in build.stages:
        image = stage.stage.from_.image
        if image.raw != image.raw.lower() and image.raw == image.value:
            found.setdefault(image.raw.lower(), []).append(image.span)
    for reference in stage_references(build):
        if reference.is_plain and reference.name != reference.name.lower():
            found.setdefault(reference.name.lower(), []).append(reference.span)
    return found
