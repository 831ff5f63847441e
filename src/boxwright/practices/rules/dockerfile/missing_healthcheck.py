"""
A service has no health check.

A process that runs is not one that answers: an API whose workers are stuck, or whose model did not load, still counts as up.
Docker and Swarm show and replace an unhealthy container, and Compose starts what depends on it only when it is healthy (`condition: service_healthy`).

Bad:

```dockerfile
FROM vllm/vllm-openai:v0.11.0
CMD ["vllm", "serve", "Qwen/Qwen3-8B"]
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir streamlit==1.50.0
COPY app.py .
CMD ["streamlit", "run", "app.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir streamlit==1.50.0
COPY app.py .
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
```

```dockerfile
FROM python:3.12-slim
COPY train.py .
CMD ["python", "train.py"]
```

## When it is fine

Training runs, workers, notebooks and jobs have nothing that could be asked: only services are judged.
Kubernetes has probes of its own and ignores this instruction. `HEALTHCHECK NONE` says that there is none on purpose.
Where nothing is known of the base image it may bring one, so that is told as information only.

## Fix

Where server, port and path are known, and Python or curl is in the image, a check that asks them is added. Unsafe: whether the service answers there can only be seen by running it.

## Settings

`always` (default `false`): judge every image, whatever it is for.

## Equivalents

hadolint DL3057, checkov CKV_DOCKER_2, trivy DS-0026, dockle CIS-DI-0006, KICS "Healthcheck Instruction Missing".

These judge every image, as `always` does, and hadolint every stage: ours is the image that comes out.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.health_checks import python_of, server_of
from boxwright.practices.kind import server_named, servers_at
from boxwright.practices.processes import (
    insert_before_start,
    is_for_development,
    start_instruction,
)
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Instruction


@rule(Build, severity=Severity.WARNING, options={"always": False})
def missing_healthcheck(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.healthcheck is not None:
        return
    always = bool(build.options.get("always"))
    is_service = stage.kind == "service" and not is_for_development(stage)
    if not always and not is_service:
        return
    facts = stage.base.facts
    if facts is not None and facts.healthcheck:
        return
    is_known = facts is not None or stage.base.is_scratch
    start = start_instruction(stage)
    place: Instruction = (
        start if start is not None and start.stage is stage.stage else stage.stage.from_
    )
    if stage.stage.is_implied and place is stage.stage.from_ and stage.instructions:
        place = stage.instructions[-1]
    reason = f": {stage.kind_reason}" if is_service and stage.kind_reason != _UNTOLD else ""
    # A library does not prove that what is started listens.
    is_likely = is_service and reason.endswith(" is installed") and not stage.ports
    what = "this image" if not is_service else "likely a service" if is_likely else "a service"
    yield Problem(
        message=f"{what} without a health check{reason}",
        span=place.keyword_span if place.line.text else place.span,
        fix=_fix(build, stage),
        severity=None if always or (is_known and not is_likely) else Severity.INFO,
    )


_UNTOLD = "its base does"


def _fix(build: Build, stage: StageFacts) -> Fix | None:
    server = stage.server
    known = server_of(stage)
    started = server_named(server.name) if server is not None else known
    path = (server.path if server is not None else "") or (started.health if started else "")
    port = server.port if server is not None else known and (known.image_port or known.port)
    row = started or next((each for each in servers_at(port or 0) if each.health == path), None)
    if row is not None and port in {row.port, row.image_port} and row.port_env:
        port = _port_told(stage, row.port_env, port)
    if not path or port is None:
        return None
    url = f"http://127.0.0.1:{port}{path}"
    python = python_of(stage)
    if python:
        code = f"import urllib.request; urllib.request.urlopen('{url}', timeout=4)"
        command = f'["{python}", "-c", "{code}"]'
    elif stage.has_program("curl"):
        command = f'["curl", "-fsS", "-m", "4", "{url}"]'
    else:
        return None
    period = "300s" if started is not None and started.slow else "60s"
    line = f"HEALTHCHECK --timeout=5s --start-period={period} CMD {command}"
    edits = insert_before_start(build, stage, line)
    if edits is None:
        return None
    return Fix(
        title=f"Ask `{path}` of port {port}",
        edits=edits,
        applicability=Applicability.UNSAFE,
        changes=("+HEALTHCHECK",),
    )


def _port_told(stage: StageFacts, name: str, default: int | None) -> int | None:
    """Return the port that the variable *name* says, None where it is not known."""
    value = stage.environment.get(name)
    if value is None:
        return default
    return int(value.value) if value.value is not None and value.value.isdecimal() else None
