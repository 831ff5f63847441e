"""
The image holds what a package manager or a tool keeps for the next time.

There is no next time in an image: downloads of pip, uv, conda, npm and apt are never read again.
They are often a third of what is pulled.

Bad:

```yaml
layers:
  - step: RUN pip install torch
    files: {root/.cache/pip/http-v2/a/b/c: 200 MB}
```

```yaml
layers:
  - step: RUN apt-get update && apt-get install -y libgomp1
    files: {var/lib/apt/lists/deb.example.com_dists_trixie_main_binary-amd64_Packages.lz4: 20 MB}
```

Good:

```yaml
layers:
  - step: RUN --mount=type=cache,target=/root/.cache pip install torch
    files: {opt/venv/lib/python3.13/site-packages/torch/lib/libtorch_cpu.so: 400 MB}
```

## When it is fine

Weights in the cache of Hugging Face or torch that the service loads are no waste: they are told as models.

## Fix

None in a finished image: cache mounts, or removal in the same RUN. See pip-cache-in-layer, apt-lists-in-layer, conda-cache-in-layer, uv-cache-in-layer and their siblings for Dockerfiles.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

## Equivalents

dockle DKL-DI-0005.

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
def cache_in_image(image: ImageSubject) -> Iterator[Problem]:
    yield from wasted(image, "cache-in-image")
