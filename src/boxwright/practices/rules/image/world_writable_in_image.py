"""
Anybody in the container may change files of the image.

Code, configuration and models that every user can write let a process with few rights change what another one with more rights will run or load.
A folder that all may write needs the sticky bit, as `/tmp` has it, or one user can replace what another has put there.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: RUN chmod -R 777 /app
    files:
      app/main.py: {size: 3 kB, mode: "777"}
      app/models/classifier.onnx: {size: 40 MB, mode: "777"}
```

```yaml
cmd: [gunicorn, app]
layers:
  - step: RUN mkdir -m 777 /data
    files:
      data: {folder: true, mode: "777"}
```

Good:

```yaml
cmd: [gunicorn, app]
layers:
  - step: COPY . /app
    files:
      app/main.py: {size: 3 kB, mode: "644"}
      tmp: {folder: true, mode: "1777"}
```

## When it is fine

A folder that is a volume at run time and whose user is not known before, as on OpenShift: there the group 0 and mode 775 do.
Empty files that only serve as locks, as uv leaves one, are not told.

## Fix

None in a finished image: `COPY --chmod`, and a volume or a tmpfs for what is written. See world-writable-files for Dockerfiles.

## Settings

`allow` (default `[]`): paths that may be so, with all below them.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import DIRECTORY, FILE

_OTHERS_WRITE, _STICKY = 0o002, 0o1000


@rule(ImageSubject, severity=Severity.WARNING, options={"allow": ()})
def world_writable_in_image(image: ImageSubject) -> Iterator[Problem]:
    allowed = tuple(str(path).strip("/") for path in image.allowed_paths)
    found: dict[int, list[str]] = {}
    for path, (member, layer) in image.contents.files.items():
        if not member.mode & _OTHERS_WRITE or member.kind not in (FILE, DIRECTORY):
            continue
        if member.kind == DIRECTORY and member.mode & _STICKY:
            continue
        if path.endswith(".lock") and not member.size and member.kind == FILE:
            continue
        if allowed and any(path == place or path.startswith(f"{place}/") for place in allowed):
            continue
        found.setdefault(layer, []).append(path)
    for layer, paths in sorted(found.items()):
        what = "path is" if len(paths) == 1 else "paths are"
        yield Problem(
            f"{len(paths)} {what} writable for everybody: {named(sorted(paths))}",
            image.layer_span(layer),
        )
