"""
Wheels in the image bring files for GPUs that nothing in it can use.

Some wheels hold one library for each release of CUDA and each maker of GPUs: bitsandbytes fourteen, of which one is loaded.
The others are stored, sent and pulled, and scanners look for vulnerabilities in them.

Bad:

```yaml
layers:
  - step: RUN pip install torch bitsandbytes
    files:
      opt/venv/lib/python3.13/site-packages/bitsandbytes/libbitsandbytes_cuda118.so: 20 MB
    binaries:
      - path: opt/venv/lib/python3.13/site-packages/bitsandbytes/libbitsandbytes_cuda118.so
        size: 20000000
        needed: [libcudart.so.11.0]
        gpu_architectures: [sm_80]
```

Good:

```yaml
layers:
  - step: RUN pip install torch bitsandbytes
    files:
      opt/venv/lib/python3.13/site-packages/bitsandbytes/libbitsandbytes_cuda128.so: 20 MB
      opt/venv/lib/python3.13/site-packages/nvidia/cuda_runtime/lib/libcudart.so.12: 700 kB
    binaries:
      - path: opt/venv/lib/python3.13/site-packages/bitsandbytes/libbitsandbytes_cuda128.so
        size: 20000000
        needed: [libcudart.so.12]
        gpu_architectures: [sm_80]
      - {path: opt/venv/lib/python3.13/site-packages/nvidia/cuda_runtime/lib/libcudart.so.12, size: 700000, soname: libcudart.so.12}
```

## When it is fine

One image for several kinds of GPUs. Some packages look for their files when they are imported: try it before you remove them for good.

## Fix

None in a finished image: remove them in the RUN that installs the wheel.

## Settings

`least` (default `10000000`): bytes of one kind below which nothing is said.

## Equivalents

None.

## References

Containers for ML, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, clause, named
from boxwright.practices.layers import readable
from boxwright.practices.rule import Problem, rule
from boxwright.scan.gpu import Unused

_MOST = 20


@rule(ImageSubject, severity=Severity.INFO, options={"least": 10_000_000})
def unused_gpu_files_in_image(image: ImageSubject) -> Iterator[Problem]:
    least = image.options.get("least")
    groups: dict[str, list[Unused]] = {}
    for unused in image.gpu.unused:
        groups.setdefault(unused.why, []).append(unused)
    for why, group in list(groups.items())[:_MOST]:
        size = sum(each.size for each in group)
        if not isinstance(least, int) or size < least:
            continue
        paths = [each.path.rstrip("/") for each in group]
        live = image.contents.files.get(paths[0])
        yield Problem(
            clause(f"{readable(size)} for GPUs are of no use: {named(paths)}, as {why}"),
            image.layer_span(live.layer if live is not None else None),
        )
