"""
Programs in the image run as another user than the one who starts them.

A setuid program hands root to whoever finds a mistake in it, and a service starts none of them: `su`, `mount` and `passwd` are for people at a terminal.
Where the container runs with `no-new-privileges`, as it should, they do not work anyway.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/su: {size: 60 kB, mode: "4755"}
      usr/bin/chage: {size: 60 kB, mode: "2755"}
```

Good:

```yaml
cmd: [gunicorn, app]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/su: {size: 60 kB, mode: "4755"}
  - step: RUN chmod a-s /usr/bin/su
    files:
      usr/bin/su: {size: 60 kB, mode: "755"}
```

## When it is fine

An image that people log in to, or one to build on. Name programs that are needed in `allow`.

## Fix

None in a finished image: `RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +` in the stage that ships, or a base without them (Boxwright's own, distroless).

## Settings

`allow` (default `[]`): paths of programs that may be so, such as `/usr/bin/ping`.

`bases` (default `false`): judge images that are made to build on, too.

## Equivalents

dockle CIS-DI-0008.

## References

MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import FILE

_SETUID, _SETGID, _EXECUTABLE = 0o4000, 0o2000, 0o111


@rule(ImageSubject, severity=Severity.INFO, options={"allow": (), "bases": False})
def setuid_program_in_image(image: ImageSubject) -> Iterator[Problem]:
    if image.is_base and not image.options.get("bases"):
        return
    allowed = {str(path).lstrip("/") for path in image.allowed_paths}
    found: dict[int, list[str]] = {}
    for path, (member, layer) in image.contents.files.items():
        special = member.mode & (_SETUID | _SETGID)
        if member.kind == FILE and special and member.mode & _EXECUTABLE and path not in allowed:
            found.setdefault(layer, []).append(path)
    for layer, paths in sorted(found.items()):
        what = "program runs" if len(paths) == 1 else "programs run"
        yield Problem(
            f"{len(paths)} {what} as another user than the one who starts them: "
            f"{named(sorted(paths))}",
            image.layer_span(layer),
        )
