"""
The image holds the same content in several places.

Copies are stored, sent and pulled as often as they are there, though they are one file.
They mostly come from a COPY that overlaps with another one, or from an environment that was copied with the project.

Bad:

```yaml
layers:
  - step: COPY . /app
    files:
      app/models/classifier.onnx: {size: 40 MB, same: classifier}
      app/build/models/classifier.onnx: {size: 40 MB, same: classifier}
```

Good:

```yaml
layers:
  - step: COPY . /app
    files:
      app/models/classifier.onnx: {size: 40 MB, same: classifier}
      app/latest.onnx: {link: models/classifier.onnx}
```

## When it is fine

Packages that bring the same library, or the same licence: they cannot know of each other, and are not told.

## Fix

None in a finished image: a link, or one COPY less.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

## Equivalents

None.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.image_waste import LEAST, problem_of, wastes
from boxwright.practices.rule import Problem, rule
from boxwright.scan.layer_index import FILE


@rule(ImageSubject, severity=Severity.INFO, options={"least": LEAST})
def duplicate_files_in_image(image: ImageSubject) -> Iterator[Problem]:
    for waste in wastes(image, "duplicate-files-in-image"):
        if any(_is_ones_own(image, path) for path, _ in waste.paths):
            yield problem_of(image, waste)


def _is_ones_own(image: ImageSubject, path: str) -> bool:
    """Tell whether *path*, or something below it, is no package's."""
    contents = image.contents
    if path in contents.files and contents.files[path].member.kind == FILE:
        return path not in contents.owners
    below = f"{path}/"
    return any(each.startswith(below) for each in contents.unowned)
