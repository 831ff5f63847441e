"""
A layer holds a model that a later layer deletes or replaces.

Weights are the heaviest files that there are: those of the model before last are pulled with the ones that are used, by every node, for ever.
They may also be what was meant to be taken out, for its licence or its data.

Bad:

```yaml
layers:
  - step: COPY model.safetensors /models/
    artifacts:
      - {path: models/model.safetensors, role: model, format: safetensors, size: 400000000}
    files:
      models/model.safetensors: 400 MB
  - step: RUN rm /models/model.safetensors
    deletes: [models/model.safetensors]
```

Good:

```yaml
layers:
  - step: COPY model.safetensors /models/
    artifacts:
      - {path: models/model.safetensors, role: model, format: safetensors, size: 400000000}
    files:
      models/model.safetensors: 400 MB
```

## When it is fine

Weights that a later layer has once more, unchanged, are told by rewritten-in-image.

## Fix

None in a finished image: one COPY of the model that is served, in a layer of its own below the code, or a volume.

## Settings

`least` (default `1000000`): bytes of models in a layer below which nothing is said.

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


@rule(ImageSubject, severity=Severity.WARNING, options={"least": 1_000_000})
def model_hidden_in_image(image: ImageSubject) -> Iterator[Problem]:
    for group in gathered(image, "model", least=image.options.get("least")):
        if group[0].state != "live":
            what = "a model" if len(group) == 1 else "models"
            yield Problem(told(group, what), image.layer_span(group[0].layer))
