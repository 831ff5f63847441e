"""
The build history of the image holds a credential.

Build arguments and the text of every RUN are stored in the image's configuration, which anybody can read who can pull it: `docker history --no-trunc` shows them.
That is so even where the argument is used in a stage whose RUN deletes all that it made.

Bad:

```yaml
layers:
  - step: RUN |1 INDEX=https://deploy:kX9vQz3LmT7wRb2Ndh5@packages.internal.corp/simple /bin/sh -c pip install --index-url $INDEX app
    files: {opt/app.py: 3 kB}
```

Good:

```yaml
layers:
  - step: RUN --mount=type=secret,id=index /bin/sh -c pip install app
    files: {opt/app.py: 3 kB}
```

## When it is fine

Never: a token of a short life still tells who may ask for the next one.

## Fix

None in a finished image: revoke it, and use `--mount=type=secret`. See secret-in-build-argument and secret-in-command for Dockerfiles.

## Settings

None.

## Equivalents

dockle CIS-DI-0010.

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
def secret_in_history(image: ImageSubject) -> Iterator[Problem]:
    yield from leaked(image, "history")
