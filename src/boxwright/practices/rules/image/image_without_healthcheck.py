"""
The image of a service has no health check.

Docker, Swarm and Compose then take it for well as long as its process runs, though its workers are stuck or its model did not load.
Only the image, or each file that starts it, can say how it is asked.

Bad:

```yaml
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: CMD ["uvicorn", "main:app"]
```

Good:

```yaml
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
healthcheck: [python, -c, "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health')"]
layers:
  - step: CMD ["uvicorn", "main:app"]
```

```yaml
cmd: [python, train.py]
layers:
  - step: CMD ["python", "train.py"]
```

## When it is fine

Kubernetes has probes of its own and ignores the one of the image: `HEALTHCHECK NONE` says that there is none on purpose.
Jobs and training runs have nothing to be asked: only services are judged.

## Fix

None in a finished image: missing-healthcheck adds one to the Dockerfile, and Boxwright's builds have one where the application tells a path.

## Settings

None.

## Equivalents

dockle CIS-DI-0006.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING)
def image_without_healthcheck(image: ImageSubject) -> Iterator[Problem]:
    if not image.is_service or image.config.healthcheck is not None:
        return
    if "HEALTHCHECK" in image.recovered.settings:
        return
    yield Problem(
        "a service without a health check", image.setting_span("ENTRYPOINT", "CMD", "EXPOSE")
    )
