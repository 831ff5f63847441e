"""
Loading a model of the image runs code that it brings.

A pickle is a program: what it imports and calls while it is loaded can be anything, `os.system` as well as `numpy.ndarray`.
Weights from the internet are the usual way in, and `torch.load` without `weights_only` opens it.

Bad:

```yaml
layers:
  - step: COPY model.pkl /app/
    files:
      app/model.pkl: {hex: "800463706f7369780a73797374656d0a8c0269649452942e"}
```

Good:

```yaml
layers:
  - step: COPY model.safetensors /app/
    files:
      app/notes.txt: weights come by volume
```

## When it is fine

A pickle of your own making that needs a class of your own is told only with `unknown`.

## Fix

None in a finished image: safetensors or ONNX instead of pickles, and weights from where they are signed.

## Settings

`unknown` (default `false`): tell of pickles, too, that import what is neither known as harmless nor as dangerous.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_artifacts import is_again
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule

_MOST = 5


@rule(ImageSubject, severity=Severity.ERROR, options={"unknown": False})
def unsafe_pickle_in_image(image: ImageSubject) -> Iterator[Problem]:
    for found in image.contents.artifacts:
        artifact = found.artifact
        if is_again(image, found):
            continue
        span = image.layer_span(found.layer)
        where = f"`/{printable(artifact.path)}`" + (
            "" if found.state == "live" else f", {found.state} by a later layer,"
        )
        if artifact.dangerous:
            names = ", ".join(f"`{printable(name)}`" for name in artifact.dangerous[:_MOST])
            yield Problem(f"loading {where} runs {names}", span)
        elif artifact.unknown and image.options.get("unknown"):
            names = ", ".join(f"`{printable(name)}`" for name in artifact.unknown[:_MOST])
            yield Problem(f"loading {where} imports {names}", span, severity=Severity.WARNING)
