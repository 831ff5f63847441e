"""
The user that the container runs as may change the code that it runs.

Whoever makes the process write a file, through an upload or a path that is not checked, then changes what runs after the next restart, or plants a module that is imported.
Owned by root and readable by all, the code serves as well.
The group counts, too.

Bad:

```yaml
user: "1000"
cmd: [gunicorn, app]
layers:
  - step: COPY --chown=1000:1000 . /app
    files:
      app/main.py: {size: 3 kB, uid: 1000, gid: 1000}
```

Good:

```yaml
user: "1000"
cmd: [gunicorn, app]
layers:
  - step: COPY . /app
    files:
      app/main.py: {size: 3 kB}
      app/uploads: {folder: true, uid: 1000}
```

## When it is fine

With a read-only root filesystem nothing can be written, whoever owns it: an image cannot say that it is started so, which is why this is told as information.

## Fix

None in a finished image: `COPY` without `--chown`, and `--chown` only for what has to be written.

## Settings

None.

## Equivalents

None.

## References

Docker patterns, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, named
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import FILE

_CODE = (".py", ".so", ".pyc", ".sh", ".pth")
_OWNER_WRITES, _GROUP_WRITES = 0o200, 0o020


@rule(ImageSubject, severity=Severity.INFO)
def writable_code_in_image(image: ImageSubject) -> Iterator[Problem]:
    user = image.user_id
    if not user:
        return
    group = image.group_id
    found: dict[int, list[str]] = {}
    for path, (member, layer) in image.contents.files.items():
        if not path.endswith(_CODE) or member.kind != FILE:
            continue
        by_owner = member.uid == user and member.mode & _OWNER_WRITES
        if by_owner or (member.gid == group and member.mode & _GROUP_WRITES):
            found.setdefault(layer, []).append(path)
    for layer, paths in sorted(found.items()):
        what = "file" if len(paths) == 1 else "files"
        yield Problem(
            f"the user `{user}`, who runs the container, may change {len(paths)} {what} of code: "
            f"{named(sorted(paths))}",
            image.layer_span(layer),
        )
