"""
The health check runs a program that the image does not have.

The check then fails every time, the service counts as unhealthy although it works, and what waits for `service_healthy` never starts.
Slim Python images have neither curl nor wget; distroless ones not even a shell.

Bad:

```yaml
services:
  api:
    image: python:3.12-slim
    command: ["uvicorn", "app:app", "--host", "0.0.0.0"]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
```

```dockerfile title="Dockerfile"
FROM python:3.12-slim
CMD ["python", "serve.py"]
```

```yaml
services:
  api:
    build: .
    healthcheck:
      test: curl -f http://localhost:8000/health || exit 1
```

Good:

```yaml
services:
  api:
    image: python:3.12-slim
    command: ["uvicorn", "app:app", "--host", "0.0.0.0"]
    healthcheck:
      test: ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/health', timeout=5)"]
```

## When it is fine

Only images of which it is known what is in them are judged, with what their Dockerfile installs.

## Fix

Where Python is in the image, it makes the same request. Safe: the check could not work before.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import changed_path
from boxwright.practices.compose_services import base_image, has_program, is_own
from boxwright.practices.programs.health import Probe, probe, tools
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.shell.command import Command
from boxwright.syntax.yaml.compose import Healthcheck, Service
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Mapping


@rule(ComposeFile, severity=Severity.ERROR)
def service_healthcheck_without_tool(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        check = service.healthcheck
        if check is None or check.is_disabled:
            continue
        if check.form == "CMD-SHELL" and has_program(file, service, "sh") is False:
            message = f"the health check needs a shell, and {_image(file, service)} has none"
            yield Problem(message, service.span_of(check.test))
            continue
        yield from _missing(file, service, check)


def _missing(file: ComposeFile, service: Service, check: Healthcheck) -> Iterator[Problem]:
    commands = check.commands
    if any(command.program in {"command", "which", "type"} for command in commands):
        return
    for command in commands:
        has_other = command.conditional or any(
            other.connector == "||" and other is not command and tools((other,))
            for other in commands
        )
        for word in tools((command,)):
            name = word.value.rpartition("/")[2]
            if has_other or has_program(file, service, name) is not False:
                continue
            is_here = check.test is not None and check.test.source is file.source
            yield Problem(
                f"the health check cannot run: `{name}` is not in {_image(file, service)}",
                word.span if is_here else service.span,
                _fix(file, service, commands),
            )


def _image(file: ComposeFile, service: Service) -> str:
    if service.build is None:
        return f"`{base_image(service).reference}`"
    build = file.build(service)
    base = build.final.base.reference if build is not None and build.final is not None else ""
    return f"`{base}`, nor installed" if base else "what is built"


def _fix(file: ComposeFile, service: Service, commands: tuple[Command, ...]) -> Fix | None:
    python = next((it for it in ("python", "python3") if has_program(file, service, it)), "")
    asked = probe(commands)
    if not python or asked is None or not _is_plain(asked, commands):
        return None
    if not is_own(service, "healthcheck", "test") or service.node is None:
        return None
    section = service.node.get("healthcheck")
    pair = section.own("test") if isinstance(section, Mapping) else None
    if pair is None:
        return None
    url = asked.url if "://" in asked.url else f"http://{asked.url}"
    code = f"import urllib.request; urllib.request.urlopen('{url}', timeout=5)"
    return Fix(
        "Ask by Python",
        (replace_value(file.source, pair, f'["CMD", "{python}", "-c", "{code}"]'),),
        Applicability.SAFE,
        (changed_path(service, ("healthcheck", "test")),),
    )


def _is_plain(asked: Probe, commands: tuple[Command, ...]) -> bool:
    """Tell whether a request is one that Python makes in the same way, and all that is run."""
    if asked.tool not in {"curl", "wget"} or not asked.url.isascii():
        return False
    if asked.url.startswith("https") or not set(asked.url).isdisjoint("'\"\\`$(){} "):
        return False
    if any(it is not asked.command and it.program != "exit" for it in commands):
        return False
    options = [it.value for it in asked.command.arguments if it.value.startswith("-")]
    return all(it in _LONG or not set(it[1:]) - set(_SHORT) for it in options)


_LONG = frozenset(
    {
        "--fail", "--silent", "--show-error", "--location", "--spider", "--quiet", "--no-verbose",
        "--tries=1", "--output", "--fail-with-body", "-O-",
    }
)  # fmt: skip
_SHORT = "fsSLqoOI"
