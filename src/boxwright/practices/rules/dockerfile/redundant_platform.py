"""
FROM asks for the platform that it would take anyway.

Without `--platform` a stage is built for the target, which is what `$TARGETPLATFORM` says. With it, a reader looks for the reason.

Bad:

```dockerfile
FROM --platform=$TARGETPLATFORM python:3.12-slim
```

Good:

```dockerfile
FROM python:3.12-slim
```

## Fix

The flag is removed. Safe: the platform is the same. Where an `ARG TARGETPLATFORM=` has a default of its own, there is no fix.

## Equivalents

hadolint DL3065, BuildKit RedundantTargetPlatform.

Quotes around the variable change nothing, here as in BuildKit; hadolint does not look through them.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import From
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def redundant_platform(build: Build) -> Iterator[Problem]:
    is_set = any(
        argument.name.value == "TARGETPLATFORM" and argument.default is not None
        for instruction in build.dockerfile.global_arguments
        for argument in instruction.declared
    )
    for from_ in build.of(From):
        flag = from_.platform
        if flag is None or flag.value not in ("$TARGETPLATFORM", "${TARGETPLATFORM}"):
            continue
        end = from_.image.span.start
        is_alone = from_.source.text[flag.span.end : end].strip(" \t") == ""
        yield Problem(
            message=f"`--platform={flag.value}` is what FROM takes anyway",
            span=flag.span,
            fix=Fix(
                title="Remove `--platform`",
                edits=(Edit(flag.span.start, end, ""),),
                applicability=Applicability.SAFE,
            )
            if is_alone and not is_set
            else None,
        )
