"""
Each worker of the server loads the model for itself.

Workers are processes, and share no memory of a GPU: four of them hold four copies of the weights and four CUDA contexts, and the card is full where one would do.
One process that batches requests, or a server made for models, serves more; several containers can be given a GPU each.

Bad:

```dockerfile
FROM pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime
RUN pip install --no-cache-dir transformers==4.57.0 uvicorn==0.38.0
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--workers", "4"]
```

Good:

```dockerfile
FROM pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime
RUN pip install --no-cache-dir transformers==4.57.0 uvicorn==0.38.0
CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]
```

## When it is fine

Where the library is used for a tokenizer only, or the model is small and runs on the CPU.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.health_checks import model_library
from boxwright.practices.processes import place_of_start
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO)
def model_copied_per_worker(build: Build) -> Iterator[Problem]:
    stage = build.final
    server = stage.server if stage is not None else None
    if stage is None or server is None or server.name not in _FORKING or server.workers is None:
        return
    number = server.workers.value
    if not (number.isascii() and number.isdecimal()) or number in {"0", "1"}:
        return
    library = model_library(stage)
    if library:
        yield Problem(
            message=f"{number} workers of `{server.name}` load a model each (`{library}`)",
            span=place_of_start(stage) if stage.start_script else server.workers.span,
        )


_FORKING = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "fastapi", "sanic"})
