"""
A label that the image should have is missing.

An image in a registry is a digest; what it was built from and by whom is only known if its labels say so.
Which labels those are is for each organisation to say, so this rule is off until it is told.

Bad:

```dockerfile
FROM python:3.12-slim
CMD ["python", "serve.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.source="https://git.example.com/ranker"
CMD ["python", "serve.py"]
```

## Settings

`required`: the keys that the last stage must have; by default `org.opencontainers.image.source`.

## Equivalents

hadolint DL3049.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Label

_DEFAULT = ("org.opencontainers.image.source",)


@rule(Build, severity=Severity.INFO, default=False, options={"required": list(_DEFAULT)})
def missing_label(build: Build) -> Iterator[Problem]:
    if build.final is None:
        return
    present = {
        pair.name.value
        for stage in build.final.chain
        for instruction in stage.instructions
        if isinstance(instruction, Label)
        for pair in instruction.pairs
    }
    required = build.options["required"]
    for key in required if isinstance(required, (list, tuple)) else ():
        if key not in present:
            yield Problem(f"the label `{key}` is missing", build.final.stage.from_.span)
