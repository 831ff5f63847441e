"""
The image holds a data set.

Data makes an image heavy, is pulled by every node that runs it, and stays in registries where nobody asks who may see it.
Images are for code: data is mounted, read-only, or read from where it is kept.

Bad:

```yaml
layers:
  - step: COPY . /app
    artifacts:
      - {path: app/data/train.parquet, role: dataset, format: parquet, size: 900000000}
    files:
      app/data/train.parquet: 900 MB
```

Good:

```yaml
layers:
  - step: COPY . /app
    files:
      app/main.py: 3 kB
```

## When it is fine

Small tables that belong to the code (vocabularies, labels): layers that have less than `least` of them. Samples that a package brings are not told.

## Fix

None in a finished image: a line in .dockerignore, and a volume. See data-in-image for Dockerfiles.

## Settings

`least` (default `10000000`): bytes of data in a layer below which nothing is said.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_artifacts import gathered, told
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"least": 10_000_000})
def dataset_in_image(image: ImageSubject) -> Iterator[Problem]:
    for group in gathered(image, "dataset", least=image.options.get("least")):
        yield Problem(told(group, "data"), image.layer_span(group[0].layer))
