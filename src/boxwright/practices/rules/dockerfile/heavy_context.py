"""
The build is sent a very large context.

All that a broad `COPY` names is read, hashed and sent to the builder before the first instruction runs, on a remote builder over the network.
Datasets and checkpoints that are in it end in the image, too.

Bad:

```text title="data/train.csv (2 GB)"
```

```text title="checkpoints/last.pt (700 MB)"
```

```dockerfile
FROM python:3.12-slim
COPY . /app
```

Good:

```text title="data/train.csv (2 GB)"
```

```text title=".dockerignore"
data
```

```dockerfile
FROM python:3.12-slim
COPY . /app
```

```text title="data/train.csv (2 GB)"
```

```dockerfile
FROM python:3.12-slim
COPY serve.py /app/
```

## When it is fine

BuildKit sends only what instructions name, so a large folder that nothing copies is not reported.
An image that is meant to carry its data or model is as large as that: raise the limit.

## Fix

None: what is needed is for you to say. `incomplete-dockerignore` leaves out what no image needs.

## Settings

`limit`: from how many megabytes on it is reported; 500 by default.

## Equivalents

None.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.broad_copies import broad_copies
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING, options={"limit": 500})
def heavy_context(build: Build) -> Iterator[Problem]:
    context = build.context
    limit = build.options["limit"]
    copies = broad_copies(build)
    if context is None or not copies or not isinstance(limit, int):
        return
    if context.total_size < limit * 1_000_000:
        return
    from boxwright.practices.layers import readable

    largest = [
        f"`{name}` ({readable(size)})" for name, size in context.top_sizes[:3] if size > 1_000_000
    ]
    _, word = copies[0]
    yield Problem(
        message=f"the build is sent {readable(context.total_size)}, most of it "
        f"{', '.join(largest)}",
        span=word.span,
    )
