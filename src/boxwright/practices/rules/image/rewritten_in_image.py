"""
A layer ships files again only because their owner or mode changed.

`chown -R` and `chmod -R` in a RUN of their own copy every file that they touch into a new layer, unchanged.
An environment with torch then weighs twice as much.

Bad:

```yaml
layers:
  - step: COPY site /opt/site
    files: {opt/site/libtorch.so: {size: 400 MB, same: torch}}
  - step: RUN chown -R 1000:1000 /opt/site
    files: {opt/site/libtorch.so: {size: 400 MB, same: torch, uid: 1000, gid: 1000}}
```

Good:

```yaml
layers:
  - step: COPY --chown=1000:1000 site /opt/site
    files: {opt/site/libtorch.so: {size: 400 MB, same: torch, uid: 1000, gid: 1000}}
```

## When it is fine

Hardly ever: code need not be owned by the user who runs it.

## Fix

None in a finished image: `COPY --chown` and `COPY --chmod`, or the change in the RUN that makes the files. See chown-duplicates-layer for Dockerfiles.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

## Equivalents

None.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.image_waste import LEAST, wasted
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"least": LEAST})
def rewritten_in_image(image: ImageSubject) -> Iterator[Problem]:
    yield from wasted(image, "rewritten-in-image")
