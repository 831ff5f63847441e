"""
Stages need each other in a circle.

`FROM`, `COPY --from` and `RUN --mount=from=` say which stage has to be built before which. In a circle none can be the first, and the builder refuses the file.

Bad:

```dockerfile
FROM python:3.12-slim AS base
COPY --from=models /models /models

FROM base AS models
RUN python fetch.py /models
```

Good:

```dockerfile
FROM python:3.12-slim AS models
RUN python fetch.py /models

FROM python:3.12-slim AS base
COPY --from=models /models /models
```

## Equivalents

tally circular-stage-deps.

A COPY from the very stage that it stands in is `copy-from-own-stage`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.stage_references import StageReference, stage_references
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run


@rule(Build, severity=Severity.ERROR)
def circular_stages(build: Build) -> Iterator[Problem]:
    references = [each for each in stage_references(build) if each.target is not None]
    for reference in references:
        if isinstance(reference.instruction, Run) and reference.target is reference.stage:
            yield Problem(f"{_name(reference.stage)} mounts from itself", reference.span)
    # FROM only names what is above, so a circle has a reference to a stage below.
    forward = [
        reference
        for reference in references
        if reference.target is not None and reference.target.index > reference.stage.index
    ]
    if not forward:
        return
    circular = _circular(build, references)
    for reference in forward:
        stage, target = reference.stage, reference.target
        if target is not None and stage.index in circular and target.index in circular:
            yield Problem(
                f"{_name(stage)} needs {_name(target)}, which needs {_name(stage)} in turn",
                reference.span,
            )


def _name(stage: StageFacts) -> str:
    return f"the stage `{stage.name or stage.index}`"


def _circular(build: Build, references: list[StageReference]) -> set[int]:
    """Return the stages that are left when those without needs are taken away, and so on."""
    needs: dict[int, set[int]] = {stage.index: set() for stage in build.stages}
    for stage in build.stages:
        if stage.parent is not None:
            needs[stage.index].add(stage.parent.index)
    for reference in references:
        if reference.target is not None and reference.target is not reference.stage:
            needs[reference.stage.index].add(reference.target.index)
    needed: dict[int, set[int]] = {index: set() for index in needs}
    for index, others in needs.items():
        for other in others:
            needed[other].add(index)
    # What needs a circle is not in it, nor is what a circle needs.
    return set(needs) - _peeled(needs, needed) - _peeled(needed, needs)


def _peeled(needs: Mapping[int, set[int]], needed: Mapping[int, set[int]]) -> set[int]:
    left = {index: len(others) for index, others in needs.items()}
    ready = [index for index, count in left.items() if not count]
    done: set[int] = set()
    while ready:
        index = ready.pop()
        done.add(index)
        for other in needed[index]:
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return done
