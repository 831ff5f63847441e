"""
Everything around the Dockerfile is copied, and no ignore file leaves anything out.

`COPY . .` takes the repository's history, virtual environments, records of experiments and `.env` along.
They make the image larger, give away what is in them, and each of their changes runs all later instructions again.

Bad:

```text title=".git/HEAD"
ref: refs/heads/main
```

```text title=".git/objects/pack/pack-1.pack (640 MB)"
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
```

Good:

```text title=".git/HEAD"
ref: refs/heads/main
```

```text title=".dockerignore"
.git
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt src/ /app/
```

## When it is fine

Where only single files and folders are copied, nothing else gets into the image.
A context in which nothing is that an image should not have is reported as an `info`.
With a file of credentials in it, it is an error.

## Fix

A `.dockerignore` is made that leaves out what is there and no image needs. Safe: history (unless a build backend takes the version from it), environments, caches and records only; data, checkpoints and results are left to you.

## Equivalents

None.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.broad_copies import broad_copies
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.context import Context


@rule(Build, severity=Severity.WARNING)
def missing_dockerignore(build: Build) -> Iterator[Problem]:
    context = build.context
    copies = broad_copies(build)
    if context is None or not copies or context.ignore_path:
        return
    from boxwright.practices.ignore_lines import listed, missing_patterns
    from boxwright.practices.open_secrets import open_secrets

    missing = missing_patterns(context)
    secrets = open_secrets(context)
    if secrets:
        severity = Severity.ERROR
        copied = listed(secrets)
    elif missing:
        severity = Severity.WARNING
        copied = listed(item.pattern.removeprefix("**/") for item in missing)
    else:
        severity = Severity.INFO
        copied = ""
    _, word = copies[0]
    message = "everything is copied without a `.dockerignore`"
    yield Problem(
        message=f"{message}, {copied} too" if copied else message,
        span=word.span,
        fix=_fix(build, context, secrets),
        severity=severity,
    )


def _fix(build: Build, context: Context, secrets: tuple[str, ...]) -> Fix | None:
    from boxwright.practices.ignore_lines import missing_patterns

    lines = [item.pattern for item in missing_patterns(context) if item.is_certain]
    lines += [path for path in secrets if path.rpartition("/")[2] not in build.source.text]
    text = build.source.text
    lines = [line for line in lines if line.removeprefix("**/") not in text]
    if not lines:
        return None
    return Fix(
        title="Make a `.dockerignore` for what is there",
        edits=(),
        applicability=Applicability.SAFE,
        creates=((".dockerignore", "".join(f"{line}\n" for line in lines)),),
    )
