"""
A broad COPY takes weights along.

`COPY . .` does not say whether the model is meant to be in the image.
Old checkpoints come with the new one, each change of a line of code makes a layer of their full size again, and what ends up in the image depends on whose machine builds it.

Bad:

```text title="checkpoints/epoch-40.pt (1.2 GB)"
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
CMD ["python", "serve.py"]
```

Good:

```text title="checkpoints/epoch-40.pt (1.2 GB)"
```

```text title="models/final.safetensors (1.2 GB)"
```

```text title=".dockerignore"
checkpoints/
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY --link models/ ./models/
COPY serve.py ./
CMD ["python", "serve.py"]
```

## When it is fine

A model may be in the image on purpose: name it in a `COPY` of its own, as above.
A `COPY` of a folder that holds weights and no code is taken for that.
Where the files are not there, as in a fresh clone, what has the name of weights is worth knowing.

## Settings

`limit`: from how many megabytes on an instruction's weights are reported; 1 by default.

## References

MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Add, Copy


@rule(Build, severity=Severity.WARNING, options={"limit": 1})
def model_in_image_by_accident(build: Build) -> Iterator[Problem]:
    limit = build.options["limit"]
    context = build.context
    for stage in build.shipped:
        for copy in stage.copies:
            if copy.from_ is not None:
                continue
            yield from _named(context, stage, copy)
            if context is not None and context.weights and isinstance(limit, int | float):
                yield from _taken_along(context, stage, copy, limit * 1_000_000)


def _named(context: Context | None, stage: StageFacts, copy: Copy | Add) -> Iterator[Problem]:
    """Yield what its name says is weights, where the files are not there to be looked at."""
    for word in copy.sources:
        pattern = stage.expanded(word.raw, copy)
        path = (pattern or "").strip("./").lower()
        name = path.rpartition("/")[2]
        if pattern is None or "://" in path or not (name in _FOLDERS or name.endswith(_WEIGHTS)):
            continue
        if context is not None and context.matches(pattern):
            continue
        if name.endswith(".pth") and copy.destination and "-packages" in copy.destination.value:
            # There it is a list of paths, which Python reads.
            continue
        yield Problem(
            message=f"`{word.value}` is weights by its name: each pull of the image fetches them",
            span=word.span,
            severity=Severity.INFO,
        )


# `models` is as often the folder of source code.
_FOLDERS = frozenset({"weights", "checkpoints", "pretrained"})
_WEIGHTS = (".pt", ".pth", ".ckpt", ".safetensors", ".gguf", ".onnx", ".joblib")


def _taken_along(
    context: Context, stage: StageFacts, copy: Copy | Add, least: float
) -> Iterator[Problem]:
    excludes = tuple(flag.value for flag in copy.excludes)
    weights = set(context.weights)
    for word in copy.sources:
        pattern = stage.expanded(word.raw, copy)
        if pattern is None or "://" in pattern:
            continue
        taken = context.matches(pattern, excludes=excludes, parents=copy.parents is not None)
        found = weights.intersection(taken)
        total = sum(context.size(path) for path in found)
        if not found or total < least or pattern in found:
            continue
        is_root = pattern.strip("./") in {"", "*"}
        if not is_root and not any(path.endswith((".py", ".ipynb")) for path in taken):
            continue
        from boxwright.practices.layers import readable

        largest = sorted(found, key=lambda path: (-context.size(path), path))
        yield Problem(
            message=f"`{word.value}` takes {readable(total)} of weights along: {names(largest)}",
            span=word.span,
        )
