"""
A variable that Compose puts in has no value.

Compose replaces `${NAME}` by what the environment or `.env` says, and by nothing where they say nothing; it warns, and goes on: an image without a tag, a password that is empty, a command without its argument.

A `$NAME` in a command or a health check is replaced before the container exists. What the container is to expand is written `$$NAME`.

Bad:

```text title=".env"
POSTGRES_PASSWORD=change-me
API_TAG=1.4
```

```yaml
services:
  api:
    image: example/api:${API_TGA}
```

```yaml
services:
  db:
    image: postgres:16.6
    environment:
      POSTGRES_USER: ml
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $POSTGRES_USER"]
```

Good:

```text title=".env"
API_TAG=1.4
```

```yaml
services:
  api:
    image: example/api:${API_TAG}
    environment:
      LOG_LEVEL: ${LOG_LEVEL:-info}
  db:
    image: postgres:16.6
    environment:
      POSTGRES_USER: ml
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER}"]
```

## When it is fine

Variables may come from the shell that runs Compose. So where there is neither a `.env` nor an example of one, nothing is said of them; where there is one, a variable that is not in it is an `info`, and a warning only where its name is like one that is there and that nothing uses.
A default (`${NAME:-x}`) or a demand (`${NAME:?}`) is never reported.

## Fix

The name is replaced by the one that it is like, or `$` by `$$`. Unsafe: the shell may have the variable.

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from boxwright.errors import ProjectError
from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.interpolation import Variable, interpolate, parse_dotenv
from boxwright.syntax.yaml.node import Node, Scalar, walk
from boxwright.text.edit import Edit
from boxwright.text.source import Span


class _Use(NamedTuple):
    node: Scalar
    variable: Variable
    span: Span


@rule(ComposeFile, severity=Severity.WARNING)
def undefined_compose_variable(file: ComposeFile) -> Iterator[Problem]:
    inner = _container_uses(file)
    known = _known(file)
    of_containers = _env_file_names(file)
    told: set[str] = set()
    uses = tuple(_uses(file))
    used = {use.variable.name for use in uses}
    for use in uses:
        name = use.variable.name
        if name in file.env or use.variable.modifier:
            continue
        if use.span in inner:
            message = f"Compose replaces `{name}` itself, which only the container has"
            yield Problem(message, use.span, _escape(file, use, inner[use.span]))
            continue
        if name in told or _is_of_shell(name):
            continue
        told.add(name)
        if name in of_containers:
            path = of_containers[name]
            message = f"`{name}` is in `{path}`, which the container gets and Compose does not read"
            yield Problem(message, use.span)
        elif known and name not in known:
            candidates = () if len(told) > 100 else tuple(it for it in known if it not in used)
            yield _unknown(file, use, candidates, next(iter(known.values())))


def _unknown(file: ComposeFile, use: _Use, candidates: tuple[str, ...], path: str) -> Problem:
    """Return the problem of a name that is not set; *candidates* are set, and used nowhere."""
    from difflib import get_close_matches

    name = use.variable.name
    alike = next(iter(get_close_matches(name, candidates[:300], n=1, cutoff=0.85)), "")
    if not alike:
        return Problem(f"`{name}` is not in `{path}`", use.span, None, Severity.INFO)
    message = f"`{name}` is not in `{path}`, `{alike}` is"
    return Problem(message, use.span, _rename(file, use, alike))


def _uses(file: ComposeFile) -> Iterator[_Use]:
    for node in walk(file.compose.root):
        if isinstance(node, Scalar) and "$" in node.text:
            for variable in interpolate(node.text, {}).variables:
                yield _Use(node, variable, node.span_of(variable.start, variable.end))


def _container_uses(file: ComposeFile) -> dict[Span, Service]:
    """Return where a command uses a variable that its own container has, by its Compose file."""
    found: dict[Span, Service] = {}
    for service in file.services:
        own = {item.name: item.text for item in service.environment if not item.is_passed}
        nodes = (service.get("command"), service.get("entrypoint"), service.get("healthcheck"))
        for node in nodes:
            for scalar in _scalars(node):
                for variable in interpolate(scalar.text, {}).variables:
                    value = own.get(variable.name)
                    # `X: ${X}` hands on what Compose knows.
                    if value is not None and f"{variable.name}" not in value:
                        found[scalar.span_of(variable.start, variable.end)] = service
    return found


def _scalars(node: Node | None) -> Iterator[Scalar]:
    for each in walk(node):
        if isinstance(each, Scalar) and "$" in each.text:
            yield each


def _known(file: ComposeFile) -> dict[str, str]:
    """Return the variables that `.env`, or else an example of it, sets, each with that file."""
    for path in (".env", *_EXAMPLES):
        text = _read(file, path)
        if text is not None:
            return dict.fromkeys(parse_dotenv(text), path)
    return {}


def _env_file_names(file: ComposeFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for service in file.services:
        for env_file in service.env_files:
            if env_file.path is not None and env_file.path.removeprefix("./") != ".env":
                text = _read(file, env_file.path.removeprefix("./"))
                found.update(dict.fromkeys(parse_dotenv(text or ""), env_file.path))
    return found


def _read(file: ComposeFile, path: str) -> str | None:
    if file.tree is None:
        return None
    try:
        return file.tree.read(path).decode("utf-8", "replace")
    except ProjectError:
        return None


def _is_of_shell(name: str) -> bool:
    return name in _SHELL or name.startswith(("COMPOSE_", "DOCKER_", "CI_", "GITHUB_", "XDG_"))


def _escape(file: ComposeFile, use: _Use, service: Service) -> Fix | None:
    if not _is_there(file, use) or use.node.is_shared:
        return None
    change = f"services.{service.key.text}"
    edit = Edit.insert(use.span.start, "$")
    return Fix("Write `$$`", (edit,), Applicability.UNSAFE, (change,))


def _rename(file: ComposeFile, use: _Use, name: str) -> Fix | None:
    if not _is_there(file, use):
        return None
    text = file.source.text[use.span.start : use.span.end].replace(use.variable.name, name)
    keys = () if file.compose.root is None else file.compose.root.keys()
    return Fix(f"Say `{name}`", (Edit.replace(use.span, text),), Applicability.UNSAFE, tuple(keys))


def _is_there(file: ComposeFile, use: _Use) -> bool:
    text = use.node.text[use.variable.start : use.variable.end]
    return file.source.text[use.span.start : use.span.end] == text


_EXAMPLES = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env",
    ".env-example", ".env.default", ".env.defaults",
)  # fmt: skip
_SHELL = frozenset(
    {
        "PWD", "HOME", "USER", "UID", "GID", "LOGNAME", "HOSTNAME", "HOST", "PATH", "DISPLAY",
        "WAYLAND_DISPLAY", "XAUTHORITY", "SSH_AUTH_SOCK", "TERM", "SHELL", "LANG", "TMPDIR", "TZ",
        "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    }
)  # fmt: skip
