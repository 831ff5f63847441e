"""
The health check asks a port on which nothing listens.

The check and the command that starts the server name the port each for itself, and one of them was changed.
The check fails each time, and the container is unhealthy for good.

Bad:

```dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8080/health
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
```

```dockerfile
FROM vllm/vllm-openai:v0.11.0
HEALTHCHECK CMD curl -f http://localhost:8080/health
CMD ["vllm", "serve", "Qwen/Qwen3-8B"]
```

Good:

```dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8000/health
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
```

## When it is fine

Nothing is found where the port of the server may come from a file or a variable, or where several processes are started.
Where it is not known what listens, a port that is not among those of EXPOSE is told as information: it may be one for management.

## Fix

The port in the check becomes that of the server. Unsafe: the other one may be what was meant.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.health_checks import health_checks, server_of
from boxwright.practices.kind import server_named
from boxwright.practices.programs.health import Probe, probe
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Expose
from boxwright.text.edit import Edit
from boxwright.text.source import Source


@rule(Build, severity=Severity.WARNING)
def healthcheck_port_mismatch(build: Build) -> Iterator[Problem]:
    for stage, check in health_checks(build):
        asked = probe(check.commands)
        if asked is None or asked.port is None or not asked.is_local or asked.url_word is None:
            continue
        name, port, others = _listening(stage)
        if port is not None:
            if asked.port in (port, *others):
                continue
            yield Problem(
                message=f"the health check asks port {asked.port}, `{name}` listens on {port}",
                span=asked.url_word.span,
                fix=_fix(build.source, asked, port),
            )
        elif (
            name is None
            and asked.port not in stage.ports
            and any(each.of(Expose) for each in stage.chain)
        ):
            ports = ", ".join(str(each) for each in stage.ports[:3])
            if ports:
                yield Problem(
                    message=f"the health check asks port {asked.port}, EXPOSE has {ports}",
                    span=asked.url_word.span,
                    severity=Severity.INFO,
                )


def _listening(stage: StageFacts) -> tuple[str | None, int | None, tuple[int, ...]]:
    """Return which server listens where, and its further ports; None for what is not known."""
    server = stage.server
    if server is None:
        known = server_of(stage)
        if known is None:
            return None, None, ()
        if known.port_env and stage.is_mentioned(known.port_env):
            return known.name, None, ()
        return known.name, known.image_port or known.port, known.ports
    if len([command for command in stage.start_commands if command.connector == "&"]):
        return server.name, None, ()
    row = server_named(server.name)
    others = row.ports if row is not None else ()
    if server.port_word is None:
        is_told_elsewhere = server.name not in _TOLD_BY_OPTIONS or (
            row is not None and row.port_env and stage.is_mentioned(row.port_env)
        )
        if is_told_elsewhere or any(
            word.value.partition("=")[0] in {"-c", "--config"} or not word.is_static
            for word in server.command.arguments
        ):
            return server.name, None, ()
    elif not server.port_word.is_static:
        return server.name, None, ()
    return server.name, server.port, others


_TOLD_BY_OPTIONS = frozenset(
    {"uvicorn", "vllm", "sglang", "fastapi", "django", "http.server", "llama-cpp-python",
     "llama-server", "tritonserver", "mlserver", "flask"}
)  # fmt: skip
"""Servers whose own choice of a port no file changes."""


def _fix(source: Source, asked: Probe, port: int) -> Fix | None:
    word = asked.url_word
    if word is None:
        return None
    text = source.text[word.span.start : word.span.end]
    old = f":{asked.port}"
    at = text.find(old)
    following = text[at + len(old) : at + len(old) + 1]
    if at < 0 or text.count(old) != 1 or following.isdigit():
        return None
    start = word.span.start + at + 1
    return Fix(
        title=f"Ask port {port}",
        edits=(Edit(start, start + len(old) - 1, str(port)),),
        applicability=Applicability.UNSAFE,
    )
