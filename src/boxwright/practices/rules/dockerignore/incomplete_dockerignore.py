"""
The ignore file lets through what no image needs.

The history of the repository, virtual environments of the host, caches and records of experiments are sent to the builder and copied by `COPY . .`.
An environment of the host even hides the image's own when it lands in its place.

Bad:

```text title=".venv/pyvenv.cfg"
home = /usr/bin
```

```text title=".venv/lib/libtorch.so (900 MB)"
```

```text title="wandb/run-1/run.wandb (12 MB)"
```

```dockerignore
.git
```

Good:

```text title=".venv/pyvenv.cfg"
home = /usr/bin
```

```text title="wandb/run-1/run.wandb (12 MB)"
```

```dockerignore
.git
.venv
wandb
```

## When it is fine

Folders such as `data`, `checkpoints` or `outputs` may be what the image is for. They are reported from 1 MB on, in a finding of their own, whose fix is not safe.
Where a build backend takes the version from Git, `.git` is among them.

## Fix

The missing patterns are added at the end. Safe for environments, caches and records; unsafe for data and results, which the image may read.

## Equivalents

None.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.ignore_lines import Missing, listed, missing_patterns
from boxwright.practices.layers import readable
from boxwright.practices.open_secrets import is_named_by_dockerfile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import IgnoreFile
from boxwright.text.edit import Edit


@rule(IgnoreFile, severity=Severity.WARNING)
def incomplete_dockerignore(ignore_file: IgnoreFile) -> Iterator[Problem]:
    context = ignore_file.context
    if context is None or any(
        pattern.text in {"*", "**"} for pattern in ignore_file.ignore.patterns
    ):
        return
    missing = [
        item
        for item in missing_patterns(context)
        if not is_named_by_dockerfile(context, item.pattern.removeprefix("**/"))
    ]
    certain = [item for item in missing if item.is_certain]
    others = [item for item in missing if not item.is_certain]
    if certain:
        yield _problem(ignore_file, certain, Applicability.SAFE)
    if others:
        yield _problem(ignore_file, others, Applicability.UNSAFE)


def _problem(
    ignore_file: IgnoreFile, missing: list[Missing], applicability: Applicability
) -> Problem:
    source = ignore_file.source
    size = sum(item.size for item in missing)
    names = [item.pattern.removeprefix("**/") for item in missing]
    what = missing[0].what if len(missing) == 1 else readable(size)
    if len(missing) == 1 and size:
        what = f"{what}, {readable(size)}"
    start = "" if not source.text or source.text.endswith("\n") else source.newline
    lines = start + source.newline.join(item.pattern for item in missing) + source.newline
    return Problem(
        message=f"{listed(names)} {'is' if len(missing) == 1 else 'are'} sent: {what}",
        span=source.line_span(1),
        fix=Fix(
            title=f"Ignore {listed(names)}",
            edits=(Edit.insert(len(source.text), lines),),
            applicability=applicability,
        ),
    )
