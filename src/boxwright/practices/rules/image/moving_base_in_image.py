"""
The image says that it was built on a tag that moves, and not on which image that was.

`org.opencontainers.image.base.name` names the base, `org.opencontainers.image.base.digest` which one of those that had the name.
Without it nobody can tell whether a mistake in the base is in this image, nor build it again.

Bad:

```yaml
labels: {org.opencontainers.image.base.name: "docker.io/library/python:3.13-slim"}
layers:
  - step: CMD ["gunicorn", "app"]
```

Good:

```yaml
labels:
  org.opencontainers.image.base.name: docker.io/library/python:3.13-slim
  org.opencontainers.image.base.digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
layers:
  - step: CMD ["gunicorn", "app"]
```

## When it is fine

An image that does not say what it was built on is not judged: most do not.

## Fix

None in a finished image: `FROM` with a digest, and both labels. See moving-base-tag and undigested-base for Dockerfiles; Boxwright's builds have both.

## Settings

None.

## Equivalents

None.

## References

Best practices guide, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule

_NAME = "org.opencontainers.image.base.name"
_DIGEST = "org.opencontainers.image.base.digest"
_LONGEST = 1000


@rule(ImageSubject, severity=Severity.INFO)
def moving_base_in_image(image: ImageSubject) -> Iterator[Problem]:
    said = {**image.config.labels, **image.annotations}
    name = said.get(_NAME, "")
    if not name or len(name) > _LONGEST or said.get(_DIGEST):
        return
    if BaseImage(name).is_moving:
        yield Problem(
            f"the base `{printable(name)}` is a tag that moves, and its digest is not told",
            image.setting_span(f"LABEL {_NAME}"),
        )
