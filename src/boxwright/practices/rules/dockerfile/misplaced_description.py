"""
The comment above an ARG or a stage does not begin with its name.

`docker build --call=outline` and `--call=targets` show that comment as the description of the argument or stage.
It is one only if its last line starts with the name; a comment about something else is better parted from it by an empty `#`.

Bad:

```dockerfile
# Which Python to use.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
```

Good:

```dockerfile
# PYTHON is the release to use.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
```

```dockerfile
# Which Python to use.
#
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
```

## When it is fine

Where nobody asks for the descriptions, as in most projects: this rule is off unless it is selected.

## Fix

A line with an empty `#` is put below the comment, so that it is no description. Safe: only a comment is added.

## Equivalents

BuildKit InvalidDefinitionDescription.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Arg, From
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO, default=False)
def misplaced_description(build: Build) -> Iterator[Problem]:
    source = build.source
    for instruction in build.dockerfile.instructions:
        if not instruction.previous_comments or not isinstance(instruction, Arg | From):
            continue
        if isinstance(instruction, Arg):
            names = [argument.name.value for argument in instruction.declared]
        else:
            names = [instruction.name.raw.lower()] if instruction.name is not None else []
        comment = instruction.previous_comments[-1]
        if not names or comment.text.split(" ")[0] in names:
            continue
        line = source.line_span(comment.line)
        indent = source.text[line.start : comment.span.start]
        yield Problem(
            message=f"this is shown as the description of `{names[0]}`, but does not begin with"
            " that name",
            span=comment.span,
            fix=Fix(
                title="Part the comment from what is below by an empty `#`",
                edits=(Edit.insert(line.end, f"{source.newline}{indent.lstrip(chr(0xFEFF))}#"),),
                applicability=Applicability.SAFE,
            ),
        )
