"""
A port is published on all interfaces of the machine.

Docker opens published ports past the rules of `ufw` and `firewalld`: on a machine with a public address, everybody reaches them.
MLflow, TensorBoard, Ray, Ollama, Triton, Redis and most vector databases ask for no password; whoever reaches a Ray dashboard or a notebook runs code.

Bad:

```yaml
services:
  tracking:
    image: ghcr.io/mlflow/mlflow:v2.18.0
    command: mlflow server --host 0.0.0.0
    ports:
      - "5000:5000"
```

```yaml
services:
  db:
    image: postgres:16.6
    ports:
      - target: 5432
        published: "5432"
```

Good:

```yaml
services:
  tracking:
    image: ghcr.io/mlflow/mlflow:v2.18.0
    command: mlflow server --host 0.0.0.0
    ports:
      - "127.0.0.1:5000:5000"
  proxy:
    image: nginx:1.27
    ports:
      - "443:443"
```

## When it is fine

What is there for everybody, the ports 80 and 443 of a proxy for one, is not reported.
Services of one Compose file reach each other without published ports.

A server that is known to ask for no password is an `error`, databases and notebooks are warnings, and everything else is an `info`: it may be the API that is to be reached.

## Fix

The port is published on 127.0.0.1. Unsafe: it is not reached from other machines any more.

## Equivalents

dclint no-unbound-port-interfaces, compose-lint CL-0005, KICS "Container Traffic Not Bound To Host Interface".

These report every such port; this rule leaves out the published ports 80 and 443.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import DATABASES, is_own, running
from boxwright.practices.kind import Server
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.compose_values import Port
from boxwright.syntax.yaml.edit import insert_pair, replace_value
from boxwright.syntax.yaml.node import Mapping, Scalar
from boxwright.text.edit import Edit


@rule(ComposeFile, severity=Severity.WARNING)
def port_on_all_interfaces(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        if service.text("network_mode") is not None:
            continue
        for port in service.ports:
            if port.is_on_all_interfaces and port.published not in {"80", "443"}:
                message, severity = _judged(file, service, port)
                fix = _fix(file, service, port)
                span = service.span_of(port.node)
                if isinstance(port.node, Mapping) and port.node.source is file.source:
                    span = port.node.pairs[0].key.span if port.node.pairs else span
                yield Problem(message, span, fix, severity)


def _judged(file: ComposeFile, service: Service, port: Port) -> tuple[str, Severity]:
    found = running(file, service)
    server = found.server
    published = f"port {port.published}" if port.published else "any free port"
    where = f"on all interfaces, as {published}"
    if server is None or not _is_of(server, port):
        if found.kind == "notebook":
            return f"the notebook `{service.name}` is published {where}", Severity.WARNING
        return f"`{service.name}` is published {where}", Severity.INFO
    if server.auth is False and not _has_password(service):
        message = f"{server.title} asks for no password and is published {where}"
        return message, Severity.ERROR
    is_inner = server.name in DATABASES or server.kind == "notebook"
    severity = Severity.WARNING if is_inner or server.auth is False else Severity.INFO
    return f"{server.title} is published {where}", severity


def _is_of(server: Server, port: Port) -> bool:
    """Tell whether it is the server's own port; a container may have others."""
    own = {server.port, server.image_port, *server.ports}
    return (
        not port.target_ports
        or any(it in own for it in port.target_ports[:100])
        or (server.name in {"mlflow", "tensorboard", "vllm", "ollama", "jupyter"})
    )


def _has_password(service: Service) -> bool:
    words = [word.value for command in service.start for word in command.words]
    words += [item.name for item in service.environment]
    return any(
        sign in word.lower()
        for word in words
        for sign in ("requirepass", "password", "api-key", "api_key", "token", "auth", "tls")
    )


def _fix(file: ComposeFile, service: Service, port: Port) -> Fix | None:
    node = port.node
    if node.source is not file.source or node.is_shared or not is_own(service, "ports"):
        return None
    edit: Edit | None = None
    if isinstance(node, Mapping):
        own = node.own("host_ip")
        if own is not None:
            edit = None if own.is_alias else replace_value(file.source, own, "127.0.0.1")
        elif node.pair("host_ip") is None:
            edit = insert_pair(file.source, node, "host_ip", "127.0.0.1")
    elif isinstance(node, Scalar) and not node.anchor and not node.tag:
        edit = _short(node, port)
    if edit is None:
        return None
    change = f"services.{service.key.text}.ports"
    return Fix("Publish it on 127.0.0.1", (edit,), Applicability.UNSAFE, (change,))


def _short(node: Scalar, port: Port) -> Edit | None:
    text = node.text
    if text.startswith("0.0.0.0:"):
        text = text.partition(":")[2]
    elif port.host_ip:
        return None
    if not port.published:
        text = f":{text}"
    quote = node.style or '"'
    if quote not in {"'", '"'} or set(text) & {"'", '"', "\\"}:
        return None
    return Edit(node.content_start, node.end, f"{quote}127.0.0.1:{text}{quote}")
