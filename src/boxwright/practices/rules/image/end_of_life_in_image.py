"""
The distribution or the Python of the image is out of support.

Nobody mends what is found in it any more, and no rebuild helps.
The finished image tells what it really is, where a tag such as `python:3.9` or `latest` does not.

Bad:

```yaml
layers:
  - step: ADD rootfs.tar /
    files:
      etc/os-release: |
        ID=debian
        VERSION_ID="10"
        PRETTY_NAME="Debian GNU/Linux 10 (buster)"
```

Good:

```yaml
layers:
  - step: ADD rootfs.tar /
    files:
      etc/os-release: |
        ID=debian
        VERSION_ID="13"
        PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
```

## When it is fine

Where support is bought: Ubuntu Pro, Debian ELTS. Debian counts as supported until the end of its long-term support.

## Fix

None in a finished image: build on a newer base. `boxwright base` compares those that fit.

## Settings

None.

## Equivalents

None.

## References

Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.base_images import End, end_of_life
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule
from boxwright.text.source import Span


@rule(ImageSubject, severity=Severity.WARNING)
def end_of_life_in_image(image: ImageSubject) -> Iterator[Problem]:
    contents = image.contents
    distribution = contents.inventory.distribution
    if distribution is not None:
        live = next((contents.files[path] for path in _RELEASE if path in contents.files), None)
        yield from _ended(
            image,
            end_of_life(distribution.id, distribution.version_id),
            image.layer_span(live.layer if live is not None else None),
        )
    for package in contents.inventory.packages:
        if package.type == "generic" and package.name == "python" and not package.vendored_in:
            end = end_of_life("python", package.version)
            yield from _ended(image, end, image.package_span(package))


_RELEASE = ("usr/lib/os-release", "etc/os-release")


def _ended(image: ImageSubject, end: End | None, span: Span) -> Iterator[Problem]:
    if end is not None and end.on < image.today:
        yield Problem(f"{end.what} gets no updates since {end.on.isoformat()}", span)
