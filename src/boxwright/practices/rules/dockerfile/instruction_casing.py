"""
The keyword of an instruction is in another case than most of them.

The builder takes `run` for `RUN`. A reader who looks for the capitals at the start of lines overlooks it.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
copy . .
Cmd ["python", "serve.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
CMD ["python", "serve.py"]
```

```dockerfile
from python:3.12-slim
workdir /app
copy . .
```

## Fix

The keyword is written as most of the file's are. Safe.

## Equivalents

BuildKit ConsistentInstructionCasing.

An `ARG` before the first `FROM` counts too, which BuildKit does not look at.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import writes_small
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import From, Unknown
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def instruction_casing(build: Build) -> Iterator[Problem]:
    instructions = [each for each in build.dockerfile.instructions if not isinstance(each, Unknown)]
    is_lower = writes_small(build.dockerfile)
    for instruction in instructions:
        written = instruction.written_keyword
        wanted = written.lower() if is_lower else instruction.keyword
        if written == wanted:
            continue
        edits = [Edit.replace(instruction.keyword_span, wanted)]
        word = instruction.as_keyword if isinstance(instruction, From) else None
        if word is not None:
            # AS goes with its FROM.
            case = word.raw.lower() if is_lower else word.raw.upper()
            if case != word.raw:
                edits.append(Edit.replace(word.span, case))
        yield Problem(
            message=f"`{written}` is in another case than most instructions of this file",
            span=instruction.keyword_span,
            fix=Fix(
                title=f"Write `{wanted}`",
                edits=tuple(edits),
                applicability=Applicability.SAFE,
            ),
        )
