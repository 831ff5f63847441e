"""
The image is not what it says it is.

A digest that does not fit, a layer that is cut short or missing, or a name that leads out of the image means a broken copy at best, and at worst one that was made to do harm.
What could not be read was not looked at: other findings may be missing.

Bad:

```yaml
layers:
  - step: COPY . /app
    problem: its digest is another than the manifest promises
```

Good:

```yaml
layers:
  - step: COPY . /app
    files:
      app/main.py: 3 kB
```

## When it is fine

Foreign layers (of Windows bases) lie elsewhere on purpose: that they were not looked at is told as information.

## Fix

None: make or fetch the image again, and find out who changed it.

## Settings

None.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, clause
from boxwright.practices.rule import Problem, rule

_MOST = 20


@rule(ImageSubject, severity=Severity.ERROR)
def damaged_image(image: ImageSubject) -> Iterator[Problem]:
    contents = image.contents
    inspected = contents.inspected
    for problem in inspected.problems[:_MOST]:
        yield Problem(clause(problem), image.whole)
    for layer in inspected.layers:
        span = image.layer_span(layer.at)
        if layer.problem:
            is_foreign = any(word in layer.media_type for word in _FOREIGN)
            yield Problem(
                f"layer {layer.at}: {clause(layer.problem)}",
                span,
                severity=Severity.INFO if is_foreign else None,
            )
        for problem in layer.index.problems[:_MOST] if layer.index else ():
            yield Problem(f"layer {layer.at}: {clause(problem)}", span, severity=Severity.WARNING)
    for problem in contents.filesystem.problems[:_MOST]:
        yield Problem(clause(problem), image.whole, severity=Severity.WARNING)


_FOREIGN = (".foreign.", ".nondistributable.")
