"""
The user of the image is a name, not a number.

Kubernetes cannot tell that a name is not root: with `runAsNonRoot: true` the pod does not start, with `image has non-numeric user`.
A number is also what volumes and their owners are known by.

Bad:

```yaml
user: app
cmd: [gunicorn, app]
layers:
  - step: RUN useradd --uid 10001 app
    files:
      etc/passwd: |
        root:x:0:0::/root:/bin/sh
        app:x:10001:10001::/home/app:/bin/sh
  - step: USER app
```

Good:

```yaml
user: "10001:10001"
cmd: [gunicorn, app]
layers:
  - step: USER 10001:10001
```

## When it is fine

Where no cluster runs it, a name does.

## Fix

None in a finished image: `USER 10001:10001`. See named-user for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.INFO)
def named_user_in_image(image: ImageSubject) -> Iterator[Problem]:
    user = image.config.user.partition(":")[0]
    if not user or user.isdecimal() or image.is_base or not image.user_id:
        return
    yield Problem(
        f"Kubernetes cannot tell that the user `{printable(user)}` is not root; its number is "
        f"{image.user_id}",
        image.setting_span("USER"),
    )
