"""
The image has more layers than engines take.

Docker's storage stacks 127 at most, and an image that is built on this one needs some too: the push works, and the pull fails on the machine that matters.
Each layer also is a request, and a lock, at every pull.

Bad:

```yaml
layers: [{step: RUN a, repeat: 124}]
```

Good:

```yaml
layers: [{step: RUN a, repeat: 20}]
```

## When it is fine

Below the limit it is only slower: many small layers are no harm, and big ones that stay the same are better for it.

## Fix

None in a finished image: join instructions, or lower `layers.budget` where Boxwright builds.

## Settings

`most` (default `120`): how many layers an image may have.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"most": 120})
def too_many_layers(image: ImageSubject) -> Iterator[Problem]:
    count = len(image.contents.inspected.layers)
    most = image.options.get("most", 120)
    if isinstance(most, int) and count > most:
        yield Problem(f"the image has {count} layers, and engines take 127 at most", image.whole)
