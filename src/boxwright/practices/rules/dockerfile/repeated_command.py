"""
A stage has more than one CMD, ENTRYPOINT or HEALTHCHECK.

Only the last one counts; those before it do nothing, and a reader who finds one of them is misled.

Bad:

```dockerfile
FROM python:3.12-slim
CMD ["python", "train.py"]
CMD ["uvicorn", "app:app"]
```

Good:

```dockerfile
FROM python:3.12-slim
CMD ["uvicorn", "app:app"]
```

## Fix

Those that do not count are removed. Safe: the image is the same.

## Equivalents

hadolint DL4003, DL4004, DL3012, BuildKit MultipleInstructionsDisallowed, trivy DS-0016, DS-0007, DS-0023, KICS "Multiple CMD Instructions Listed", "Multiple ENTRYPOINT Instructions Listed".

The one that does not count is the place; hadolint points at the one behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint, Healthcheck, Instruction
from boxwright.text.edit import Edit
from boxwright.text.source import Source


@rule(Build, severity=Severity.WARNING)
def repeated_command(build: Build) -> Iterator[Problem]:
    kinds: tuple[type[Instruction], ...] = (Cmd, Entrypoint, Healthcheck)
    for kind in kinds:
        by_stage: dict[int, list[Instruction]] = {}
        for instruction in build.of(kind):
            if instruction.parent is None:
                stage = instruction.stage.index if instruction.stage else -1
                by_stage.setdefault(stage, []).append(instruction)
        for found in by_stage.values():
            for instruction in found[:-1]:
                yield Problem(
                    message=f"this `{instruction.keyword}` does nothing: line"
                    f" {found[-1].first_line} has another one",
                    span=instruction.span,
                    fix=_removal(build.source, instruction),
                )


def _removal(source: Source, instruction: Instruction) -> Fix:
    start = source.line_span(instruction.first_line).start
    last = source.position(instruction.span.end).line
    end = source.starts[last] if last < len(source.starts) else len(source.text)
    return Fix(
        title=f"Remove this `{instruction.keyword}`",
        edits=(Edit(start, end, ""),),
        applicability=Applicability.SAFE,
        changes=(f"-{instruction.keyword}",),
    )
