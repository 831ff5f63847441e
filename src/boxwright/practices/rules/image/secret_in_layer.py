"""
A file in a layer holds a credential.

Whoever can pull the image can read every file of every layer, the deleted ones too: a layer is a tar, and a later one only hides what is in it.
A credential that was ever in an image that left the machine has to be revoked.

Bad:

```yaml
layers:
  - step: COPY . /app
    files:
      app/.git-credentials: |
        https://deploy:kX9vQz3LmT7wRb2Ndh5@git.internal.corp/team/app.git
  - step: RUN rm /app/.git-credentials
    deletes: [app/.git-credentials]
```

Good:

```yaml
layers:
  - step: RUN --mount=type=secret,id=git pip install git+https://git.internal.corp/team/app.git
    files:
      app/main.py: |
        print("hello")
```

## When it is fine

Test keys that are published with a library are known by its RECORD and not told. Others, which open nothing: say so in the label `boxwright.ignore`.

## Fix

None in a finished image: revoke it, and build with secret mounts. See secret-file-copied, secret-copied-then-deleted and unignored-secret for sources.

## Settings

None.

## Equivalents

dockle CIS-DI-0010.

It goes by names of files; ours by what is in them.

## References

Best practices guide, Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_leaks import leaked
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.ERROR)
def secret_in_layer(image: ImageSubject) -> Iterator[Problem]:
    yield from leaked(image, "file")
