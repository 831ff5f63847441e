"""
A stage is called by its number.

One more stage above it, and `--from=0` is another stage. A name stays what it is, and says what comes from there.

Bad:

```dockerfile
FROM python:3.12
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=0 /srv /srv
```

Good:

```dockerfile
FROM python:3.12 AS build
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=build /srv /srv
```

## Fix

The stage is given a name, if it has none, and called by it. Safe: it is the same stage.

## Equivalents

KICS "Using Unnamed Build Stages".
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.stage_references import StageReference, stage_references
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def stage_by_number(build: Build) -> Iterator[Problem]:
    references = list(stage_references(build))
    for reference in references:
        number = reference.number
        if number is None or number >= reference.stage.index:
            continue
        target = build.stages[number]
        yield Problem(
            message=f"`{reference.name}` is the stage of line {target.stage.from_.first_line} only"
            " as long as no other comes before it",
            span=reference.span,
            fix=_fix(build, references, reference, target),
        )


def _fix(
    build: Build, references: list[StageReference], reference: StageReference, target: StageFacts
) -> Fix | None:
    from_ = target.stage.from_
    name = target.name
    edits = []
    if not name:
        name = _free_name(build, references, target.index)
        if len(from_.words) != 1:
            return None
        keyword = "as" if from_.written_keyword.islower() else "AS"
        edits.append(Edit.insert(from_.image.span.end, f" {keyword} {name}"))
    elif build.dockerfile.stage(name) is not target.stage:
        return None  # Another stage below has the same name.
    if not reference.is_plain:
        return None
    edits.append(Edit.replace(reference.span, name))
    return Fix(title=f"Call it `{name}`", edits=tuple(edits), applicability=Applicability.SAFE)


def _free_name(build: Build, references: list[StageReference], index: int) -> str:
    taken = {stage.name for stage in build.stages}
    taken.update(stage.stage.from_.image.value.lower() for stage in build.stages)
    taken.update(reference.name.lower() for reference in references)
    name = "build"
    while name in taken:
        name = f"build-{index}" if name == "build" else f"{name}-{index}"
    return name
