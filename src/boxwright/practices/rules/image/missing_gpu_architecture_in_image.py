"""
Libraries in the image have no code for the GPUs that are used today.

A library for GPUs holds machine code for some generations of them, and perhaps PTX, which the driver compiles for later ones.
Where neither fits, its first kernel fails with `no kernel image is available for execution on the device`; with PTX alone the first start compiles for minutes.

Bad:

```yaml
layers:
  - step: RUN pip install ./old.whl
    files: {opt/venv/lib/libold.so: 90 MB}
    binaries:
      - {path: opt/venv/lib/libold.so, size: 90000000, gpu_architectures: [sm_37, sm_60, sm_61]}
```

Good:

```yaml
layers:
  - step: RUN pip install ./new.whl
    files: {opt/venv/lib/libnew.so: 90 MB}
    binaries:
      - {path: opt/venv/lib/libnew.so, size: 90000000, gpu_architectures: [sm_75, sm_80, sm_90, ptx_90]}
```

## When it is fine

Libraries of which one is chosen for the GPU that is there. Say in `wanted` which GPUs have to work; then only those are looked for, in every library.

## Fix

None in a finished image: a newer release of the wheel, or `TORCH_CUDA_ARCH_LIST` with the generations that are wanted where it is compiled. See unstated-cuda-architectures for Dockerfiles.

## Settings

`wanted` (default `[]`): the GPUs that every library has to have code for, such as `sm_80` or `sm_90`.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.gpu import DeviceCode, runs_on

_CURRENT = (75, 80, 86, 89, 90, 100, 103, 120, 121)
"""Turing to Blackwell, as of 2026-11: what CUDA 13 still compiles for and clouds rent out."""


@rule(ImageSubject, severity=Severity.WARNING, options={"wanted": ()})
def missing_gpu_architecture_in_image(image: ImageSubject) -> Iterator[Problem]:
    unused = {each.path for each in image.gpu.unused}
    libraries = [
        code
        for code in image.gpu.code
        if code.path not in unused
        and any(each.startswith(("sm_", "ptx_")) for each in code.architectures)
    ]
    wanted = _numbers(image.options.get("wanted"))
    if wanted:
        for number in wanted:
            without = [each for each in libraries if not runs_on(each.architectures, number)]
            if without:
                has = "has" if len(without) == 1 else "have"
                yield _problem(image, without, f"{has} no code for `sm_{number}`")
        return
    old = [each for each in libraries if not _runs_on(each.architectures)]
    if old:
        has = "has" if len(old) == 1 else "have"
        yield _problem(image, old, f"{has} no code for any GPU since Turing (`sm_75`)")
    elif len(libraries) > 1 and not frozenset.intersection(
        *(_runs_on(each.architectures) for each in libraries)
    ):
        yield _problem(
            image, libraries, "have code for no GPU that is the same", severity=Severity.INFO
        )


@functools.lru_cache(maxsize=1024)
def _runs_on(architectures: tuple[str, ...]) -> frozenset[int]:
    """Return the GPUs of today that code for *architectures* runs on."""
    return frozenset(number for number in _CURRENT if runs_on(architectures, number))


def _problem(
    image: ImageSubject,
    libraries: Sequence[DeviceCode],
    what: str,
    severity: Severity | None = None,
) -> Problem:
    live = image.contents.files.get(libraries[0].path)
    span = image.layer_span(live.layer if live is not None else None)
    return Problem(f"{named([each.path for each in libraries])} {what}", span, severity=severity)


def _numbers(wanted: object) -> list[int]:
    """Return the compute capabilities that the setting names: `sm_90`, `90`, `9.0`."""
    names = wanted if isinstance(wanted, list | tuple) else ()
    found = (re.fullmatch(r"(?:sm_)?([0-9]{1,2})\.?([0-9])a?", str(name)) for name in names)
    return [int(match[1] + match[2]) for match in found if match]
