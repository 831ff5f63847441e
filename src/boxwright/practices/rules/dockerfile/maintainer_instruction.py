"""
MAINTAINER is used.

The instruction was deprecated in 2016. It can name one person only and no tool looks at it;
a label is shown by registries and found by `docker inspect`.

Bad:

```dockerfile
FROM python:3.12-slim
MAINTAINER Ada <ada@example.com>
```

Good:

```dockerfile
FROM python:3.12-slim
LABEL org.opencontainers.image.authors="Ada <ada@example.com>"
```

## Fix

It becomes the label `org.opencontainers.image.authors`. Safe.

## Equivalents

hadolint DL4000, BuildKit MaintainerDeprecated, checkov CKV_DOCKER_6, trivy DS-0022, KICS "MAINTAINER Instruction Being Used", semgrep maintainer-is-deprecated.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Maintainer
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def maintainer_instruction(build: Build) -> Iterator[Problem]:
    for maintainer in build.of(Maintainer):
        yield Problem(
            message="`MAINTAINER` is deprecated",
            span=maintainer.keyword_span,
            fix=_fix(maintainer),
        )


def _fix(maintainer: Maintainer) -> Fix | None:
    text = maintainer.arguments.text.strip()
    quote = text[:1]
    if len(text) > 1 and quote in "\"'" and text.endswith(quote) and quote not in text[1:-1]:
        text = text[1:-1]
    if not text or any(character in text for character in '"\\`$'):
        return None
    return Fix(
        title="Use the label `org.opencontainers.image.authors`",
        edits=(
            Edit.replace(maintainer.keyword_span, keyword("LABEL", maintainer.dockerfile)),
            Edit.replace(maintainer.arguments_span, f'org.opencontainers.image.authors="{text}"'),
        ),
        applicability=Applicability.SAFE,
        changes=("-MAINTAINER", "+LABEL"),
    )
