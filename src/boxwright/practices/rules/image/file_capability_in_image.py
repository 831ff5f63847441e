"""
Programs in the image have capabilities of their own.

A file capability gives a process what otherwise root alone may do, whoever starts it: with `cap_net_raw` it can forge packets, with `cap_sys_admin` it can do nearly anything.
A container that drops all capabilities cannot even start such a program.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: RUN setcap cap_net_bind_service+ep /usr/bin/python3.13
    files:
      usr/bin/python3.13: {size: 6 MB, mode: "755", capability: true}
```

Good:

```yaml
cmd: [gunicorn, app]
layers:
  - step: ADD rootfs.tar /
    files:
      usr/bin/python3.13: {size: 6 MB, mode: "755"}
```

## When it is fine

`ping` in an image for looking at networks. Name it in `allow`.

## Fix

None in a finished image: listen on a port above 1024 and publish it as the one that is wanted, then no capability is needed.

## Settings

`allow` (default `[]`): paths of programs that may have them.

## Equivalents

None.

## References

MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"allow": ()})
def file_capability_in_image(image: ImageSubject) -> Iterator[Problem]:
    allowed = {str(path).lstrip("/") for path in image.allowed_paths}
    found: dict[int, list[str]] = {}
    for path, (member, layer) in image.contents.files.items():
        if member.capability and path not in allowed:
            found.setdefault(layer, []).append(path)
    for layer, paths in sorted(found.items()):
        has = "has" if len(paths) == 1 else "have"
        yield Problem(
            f"{named(sorted(paths))} {has} capabilities of {'its' if has == 'has' else 'their'} own",
            image.layer_span(layer),
        )
