"""
The health check gives up before the model is loaded.

Without `--start-period` a container is unhealthy after three tries in 90 seconds.
A server that fetches and loads a model of several gigabytes takes minutes; Swarm kills it in the middle and begins again, Compose starts nothing that waits for it.

Bad:

```dockerfile
FROM vllm/vllm-openai:v0.11.0
HEALTHCHECK CMD curl -f http://localhost:8000/health
CMD ["vllm", "serve", "Qwen/Qwen3-8B"]
```

Good:

```dockerfile
FROM vllm/vllm-openai:v0.11.0
HEALTHCHECK --start-period=300s CMD curl -f http://localhost:8000/health
CMD ["vllm", "serve", "Qwen/Qwen3-8B"]
```

## When it is fine

Where start period and tries together take two minutes or more: `--interval=30s --retries=10` is as patient.
For services that only have libraries such as `transformers` in them it is told as information: the model may be small.

## Fix

`--start-period=300s` is set. Safe: the first check that succeeds ends the period.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.health_checks import health_checks, model_library, patience, server_of
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Healthcheck
from boxwright.text.edit import Edit

_ENOUGH = 120.0


@rule(Build, severity=Severity.WARNING)
def short_start_period(build: Build) -> Iterator[Problem]:
    for stage, check in health_checks(build):
        time = patience(check)
        if time is None or time.seconds >= _ENOUGH:
            continue
        what, is_certain = _slow(stage)
        if what:
            yield Problem(
                message=f"unhealthy after {time.seconds:g} s, and {what} may take longer to load",
                span=(
                    check.start_period.span
                    if check.start_period is not None
                    else check.keyword_span
                ),
                fix=_fix(check),
                severity=None if is_certain else Severity.INFO,
            )


def _slow(stage: StageFacts) -> tuple[str, bool]:
    """Return what loads a model as it starts, and whether that is certain."""
    server = server_of(stage)
    if server is not None and server.slow:
        return f"a model of {server.title}", True
    if stage.kind != "service":
        return "", False
    found = model_library(stage)
    return (f"a model of `{found}`" if found else ""), False


def _fix(check: Healthcheck) -> Fix:
    flag = check.start_period
    edit = (
        Edit.replace(flag.value_span, "300s")
        if flag is not None and flag.has_value
        else Edit.insert(check.keyword_span.end, " --start-period=300s")
    )
    return Fix(title="Set `--start-period=300s`", edits=(edit,), applicability=Applicability.SAFE)
