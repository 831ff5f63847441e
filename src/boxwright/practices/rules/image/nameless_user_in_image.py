"""
The user of the image has a number, and no name or home.

`getpass.getuser()` then fails with `KeyError: getpwuid(): uid not found`, which stops `torch.compile`, Triton and matplotlib; `~` is `/`, where nothing can be written, so that caches of Hugging Face and torch fail.
A line in `/etc/passwd`, or the variables `USER` and `HOME`, are enough.

Bad:

```yaml
user: "10001"
cmd: [uvicorn, "main:app"]
layers:
  - step: ADD rootfs.tar /
    files:
      etc/passwd: |
        root:x:0:0::/root:/bin/sh
  - step: USER 10001
```

Good:

```yaml
user: "10001"
cmd: [uvicorn, "main:app"]
layers:
  - step: ADD rootfs.tar /
    files:
      etc/passwd: |
        root:x:0:0::/root:/bin/sh
        app:x:10001:10001::/home/app:/bin/sh
  - step: USER 10001
```

```yaml
user: "10001"
env: {HOME: /tmp, USER: app}
cmd: [uvicorn, "main:app"]
layers:
  - step: ENV HOME=/tmp USER=app
  - step: USER 10001
```

## When it is fine

Programs that ask for neither. Clusters that give each pod a number of its own (OpenShift) need the variables in any case.

## Fix

None in a finished image: `RUN useradd --uid 10001 app` before `USER 10001`, or `ENV HOME=/tmp USER=app`. See missing-user and missing-home for Dockerfiles.

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
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule

_NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")
"""The variables that Python's `getpass.getuser` asks before it asks for the number."""


@rule(ImageSubject, severity=Severity.INFO)
def nameless_user_in_image(image: ImageSubject) -> Iterator[Problem]:
    if not image.user_id or image.account or image.is_base or not image.knows_accounts:
        return
    environment = image.environment
    missing = []
    if not any(environment.get(name) for name in _NAMES):
        missing.append("name")
    if not environment.get("HOME"):
        missing.append("home")
    if missing:
        yield Problem(
            f"the user `{image.user_id}` has no {' and no '.join(missing)}",
            image.setting_span("USER"),
        )
