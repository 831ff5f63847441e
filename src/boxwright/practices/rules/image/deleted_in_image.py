"""
A layer ships files that a later one deletes or replaces.

Deleting a file in another layer only hides it: its bytes are stored, sent and pulled for ever, and whoever has the image can read them.
What is counted is what no container can reach; the copy that is kept is not.

Bad:

```yaml
layers:
  - step: RUN curl -O https://example.com/data.tar
    files: {tmp/data.tar: 300 MB}
  - step: RUN rm /tmp/data.tar
    deletes: [tmp/data.tar]
```

```yaml
layers:
  - step: COPY model.onnx /app/
    files: {app/model.onnx: 300 MB}
  - step: COPY models/model.onnx /app/
    files: {app/model.onnx: 310 MB}
```

Good:

```yaml
layers:
  - step: RUN curl -O https://example.com/data.tar && tar -xf data.tar && rm data.tar
    files: {app/data/labels.csv: 200 kB}
```

## When it is fine

A base of somebody else deletes what it shipped: only another base helps.

## Fix

None in a finished image: delete in the RUN that made the file, or make it in another stage and copy what is needed. See deleted-in-later-layer, archive-left-in-layer and wheels-copied-then-removed for Dockerfiles.

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
from boxwright.practices.image_waste import LEAST, wasted
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"least": LEAST})
def deleted_in_image(image: ImageSubject) -> Iterator[Problem]:
    yield from wasted(image, "deleted-in-image")
