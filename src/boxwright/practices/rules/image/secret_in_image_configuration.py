"""
The configuration of the image holds a credential: a variable, a label or the command.

Every process of every container inherits the variables, crash reports and `docker inspect` show them, and whoever can pull the image can read all of it.
It is also the same credential in development and in production.

Bad:

```yaml
env: {DATABASE_URL: "postgresql://app:kX9vQz3LmT7wRb2Ndh5@db.internal.corp/app"}
layers:
  - step: ENV DATABASE_URL=postgresql://app:kX9vQz3LmT7wRb2Ndh5@db.internal.corp/app
```

Good:

```yaml
env: {DATABASE_URL_FILE: /run/secrets/database_url}
layers:
  - step: ENV DATABASE_URL_FILE=/run/secrets/database_url
```

## When it is fine

Never: what is no secret needs no name that says that it is one.

## Fix

None in a finished image: revoke it, and give it to the container as a file at run time. See secret-in-environment for Dockerfiles.

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
def secret_in_image_configuration(image: ImageSubject) -> Iterator[Problem]:
    yield from leaked(image, "environment", "label", "command", "annotation")
