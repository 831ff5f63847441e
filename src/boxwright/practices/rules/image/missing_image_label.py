"""
The image does not say where it comes from.

A label with the source and the revision leads from a container that misbehaves at night to the code that is in it, and registries and scanners show it.
The names are those of the OCI image specification; annotations of the manifest count as well.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: CMD ["gunicorn", "app"]
```

Good:

```yaml
cmd: [gunicorn, app]
labels:
  org.opencontainers.image.source: https://git.example.com/team/app
  org.opencontainers.image.revision: 8f3c5d1
layers:
  - step: CMD ["gunicorn", "app"]
```

## When it is fine

Images that never leave the machine on which they are built.

## Fix

None in a finished image: build with `--label`, or let CI do so. Boxwright's builds have both where there is a Git repository.

## Settings

`labels` (default `["org.opencontainers.image.source", "org.opencontainers.image.revision"]`): those that an image must have.

## Equivalents

None.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule

_WANTED = ("org.opencontainers.image.source", "org.opencontainers.image.revision")


@rule(ImageSubject, severity=Severity.INFO, options={"labels": _WANTED})
def missing_image_label(image: ImageSubject) -> Iterator[Problem]:
    wanted = image.options.get("labels", _WANTED)
    names = [str(name) for name in wanted] if isinstance(wanted, Sequence) else []
    there = {**image.config.labels, **image.annotations}
    missing = [f"`{name}`" for name in names if not there.get(name)]
    if missing and not image.is_base:
        yield Problem(f"the image has no label {' and none '.join(missing)}", image.whole)
