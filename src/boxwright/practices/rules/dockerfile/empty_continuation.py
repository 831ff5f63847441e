r"""
A line is continued into an empty one.

An empty line between the lines of an instruction is skipped today, with a warning, and an error in a later version of the syntax.
Readers and many editors take it for the end of the instruction.

Bad:

```dockerfile
FROM python:3.12-slim
RUN apt-get update && \

    apt-get install -y --no-install-recommends libgomp1
```

Good:

```dockerfile
FROM python:3.12-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends libgomp1
```

## When it is fine

A comment between the lines is, empty or not.

## Fix

The empty lines are removed. Safe.

## Equivalents

BuildKit NoEmptyContinuation.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def empty_continuation(build: Build) -> Iterator[Problem]:
    source = build.source
    for span in build.dockerfile.empty_continuations:
        line = source.position(span.start).line
        start = source.starts[line - 1]
        end = source.starts[line] if line < len(source.starts) else len(source.text)
        yield Problem(
            message="an instruction is continued over an empty line",
            span=span,
            fix=Fix(
                title="Remove the empty line",
                edits=(Edit(start, end, ""),),
                applicability=Applicability.SAFE,
            ),
        )
