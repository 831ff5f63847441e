"""
A value is set with a blank instead of `=`.

`ENV MODEL_DIR /models cache` sets one variable to `/models cache`: with a blank, all of the rest is the value.
The form can set one variable only, and BuildKit keeps it for old files.

Bad:

```dockerfile
FROM python:3.12-slim
ENV MODEL_DIR /models
```

Good:

```dockerfile
FROM python:3.12-slim
ENV MODEL_DIR=/models
```

## Fix

The blank becomes `=`, and the value gets quotes where it needs them. Safe.

## Equivalents

BuildKit LegacyKeyValueFormat.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env, Label
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def legacy_key_value(build: Build) -> Iterator[Problem]:
    found: tuple[Env | Label, ...] = (*build.of(Env), *build.of(Label))
    for instruction in found:
        if not instruction.is_legacy or not instruction.pairs:
            continue
        pair = instruction.pairs[0]
        yield Problem(
            message=f"`{instruction.keyword} {pair.name.raw}` is set with a blank instead of `=`",
            span=pair.span,
            fix=_fix(instruction),
        )


def _fix(instruction: Env | Label) -> Fix | None:
    pair = instruction.pairs[0]
    raw = pair.value.raw.rstrip()
    lines = instruction.last_line - instruction.first_line
    if not raw or lines or '"' in raw or "'" in raw or instruction.escape in raw:
        return None
    quoted = f'"{raw}"' if " " in raw or "\t" in raw else raw
    return Fix(
        title=f"Write `{pair.name.raw}={quoted}`",
        edits=(Edit(pair.name.span.end, pair.value.span.start + len(raw), f"={quoted}"),),
        applicability=Applicability.SAFE,
    )
