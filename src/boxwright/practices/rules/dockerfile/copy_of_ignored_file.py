"""
COPY names something that the ignore file leaves out.

The builder is never sent it, and the build stops with `not found` although the file is there.

Bad:

```text title=".dockerignore"
data
```

```text title="data/labels.csv"
a,b
```

```dockerfile
FROM python:3.12-slim
COPY data/labels.csv /data/
```

Good:

```text title=".dockerignore"
data
!data/labels.csv
```

```text title="data/labels.csv"
a,b
```

```dockerfile
FROM python:3.12-slim
COPY data/labels.csv /data/
```

## When it is fine

A folder of which some files are ignored is copied without these, a folder of which all are (`data/*`) is copied empty; neither is reported.

## Fix

None: either the pattern or the `COPY` is wrong, and the pattern is in another file.

## Equivalents

BuildKit CopyIgnoredFile.

BuildKit judges paths that are not there as well; for these there is `missing-copy-source`.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy

if TYPE_CHECKING:
    from boxwright.practices.context import Context


@rule(Build, severity=Severity.ERROR)
def copy_of_ignored_file(build: Build) -> Iterator[Problem]:
    context = build.context
    if context is None or not context.ignore_path or not context.ignore.patterns:
        return
    for kind in (Copy, Add):
        for copy in build.of(kind):
            if copy.from_ is not None:
                continue
            for word in copy.sources:
                source = build.reference(word, copy)
                if source is None or "://" in source or not source.strip("./*"):
                    continue
                by = _left_out_by(context, source, parents=copy.parents is not None)
                if by:
                    yield Problem(f"`{word.value}` is left out by {by}", word.span)


def _left_out_by(context: Context, source: str, *, parents: bool) -> str:
    """Return what leaves all of *source* out, empty where something of it is sent."""
    roots = context.sources(source, parents=parents)
    if not roots or context.matches(source, parents=parents):
        return ""
    # Of a folder whose files are ignored one by one the folder itself is still sent.
    patterns = [context.ignored_by(root) for root in roots]
    pattern = patterns[0] if None not in patterns else None
    if pattern is None:
        return ""
    return f"`{pattern.text}` in line {pattern.line} of `{context.ignore_path}`"
