"""
Programs or libraries in the image are for another processor than the image.

They were copied from another machine, or from a stage that was built for another platform: none of them can be started or loaded, and that is found out when something first tries.
It is the usual end of an environment that is built on a laptop with an ARM processor and copied into an image for servers.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: COPY --from=build /opt/venv /opt/venv
    binaries:
      - {path: opt/venv/lib/libtorch_cpu.so, size: 400000000, machine: aarch64}
    files: {opt/venv/lib/libtorch_cpu.so: 400 MB}
```

Good:

```yaml
cmd: [gunicorn, app]
layers:
  - step: COPY --from=build /opt/venv /opt/venv
    binaries:
      - {path: opt/venv/lib/libtorch_cpu.so, size: 400000000, machine: x86_64}
    files: {opt/venv/lib/libtorch_cpu.so: 400 MB}
```

## When it is fine

Emulators and cross compilers bring such files on purpose: name their folders in `allow`. What is below a folder of tests is not told, and neither are files below 64 KiB.

## Fix

None in a finished image: build the stage that makes them for the platform of the image.

## Settings

`allow` (default `[]`): paths that may be so, with all below them.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule

_MACHINES = {
    "386": ("i386",),
    "amd64": ("x86_64", "i386"),
    "arm": ("arm",),
    "arm64": ("aarch64", "arm"),
    "loong64": ("loongarch64",),
    "ppc64le": ("ppc64le",),
    "riscv64": ("riscv64",),
    "s390x": ("s390x",),
}
"""What runs on a platform's architecture."""
_OF_GPUS = ("", "cuda", "amdgpu")
_TESTS = ("test", "tests", "testdata", "test_data")


@rule(ImageSubject, severity=Severity.WARNING, options={"allow": ()})
def foreign_architecture_in_image(image: ImageSubject) -> Iterator[Problem]:
    architecture = image.config.platform.architecture
    ours = _MACHINES.get(architecture)
    if ours is None:
        return
    allowed = tuple(str(path).strip("/") for path in image.allowed_paths)
    found: dict[tuple[int, str], list[str]] = {}
    for path, binary in image.contents.binaries.items():
        if binary.machine in ours or binary.machine in _OF_GPUS:
            continue
        if any(path == place or path.startswith(f"{place}/") for place in allowed):
            continue
        live = image.contents.files.get(path)
        if live is not None and not any(part in _TESTS for part in path.split("/")[:-1]):
            found.setdefault((live.layer, binary.machine), []).append(path)
    for (layer, machine), paths in sorted(found.items()):
        what = "is a file" if len(paths) == 1 else "are files"
        yield Problem(
            f"{named(sorted(paths))} {what} for {machine}, and the image is for {architecture}",
            image.layer_span(layer),
        )
