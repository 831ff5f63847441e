"""
A container keeps the capabilities that an engine gives to root.

There are fourteen in Docker: with them root may change the owner of files, become any user, send raw packets to its neighbours and make device files.
Hardly anything that serves or trains needs one of them, but most ways out of a container do.

Bad:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    ports: ["8000:8000"]
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      securityContext:
        capabilities:
          drop: [NET_RAW]
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    ports: ["8000:8000"]
    cap_drop: [ALL]
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      securityContext:
        capabilities:
          drop: [ALL]
```

## When it is fine

In a Compose file it is an `info`, but for a service that publishes a port beyond the loopback interface; databases, brokers and dashboards as their makers publish them are left out.
There too, a service whose user is known not to be root has none to lose: see `privilege-escalation`.
A container that is privileged has `privileged` instead.

## Fix

`ALL` is dropped. What the start of a known image needs is added back: PostgreSQL, MySQL, MongoDB, Redis and RabbitMQ begin as root and become their own user.
Safe where the container's user is known not to be root, who has no capabilities anyway; else unsafe.

## Equivalents

compose-lint CL-0006, KICS "Container Capabilities Unrestricted", kube-linter drop-net-raw-capability, kubesec CapDropAll, checkov CKV_K8S_7, CKV_K8S_28, CKV_K8S_37.

compose-lint reports every service, whoever it runs as; kube-linter and CKV_K8S_28 are content with `NET_RAW` alone.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container
from boxwright.practices.containers import (
    PodContainer,
    ServiceContainer,
    containers_of,
    hardening_severity,
)
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.written import Data


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def capabilities_kept(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        severity = hardening_severity(container)
        if severity is None or container.is_privileged:
            continue
        if container.is_service and container.user_is_root is False:
            continue
        if "ALL" in container.dropped_capabilities or "" in container.dropped_capabilities:
            continue
        yield Problem(
            message=_message(container),
            span=container.span,
            fix=_fix(container),
            severity=severity,
        )


def _message(container: ServiceContainer | PodContainer) -> str:
    is_root = container.user_is_root
    who = ", and it runs as root" if is_root else ""
    dropped = [f"`{name}`" for name in container.dropped_capabilities]
    if dropped:
        return f"`{container.name}` keeps all capabilities but {', '.join(dropped)}{who}"
    return f"`{container.name}` keeps the capabilities that it is given by default{who}"


def _fix(container: ServiceContainer | PodContainer) -> Fix | None:
    needed = _NEEDED.get(container.server.name, ()) if container.server is not None else ()
    if container.user_is_root is False:
        needed = ()
    if container.is_service:
        keys: dict[str, Data] = {"cap_drop": ["ALL"]}
        more: dict[str, Data] = {"cap_add": needed}
    else:
        keys, more = {"drop": ["ALL"]}, {"add": needed}
    if needed:
        keys |= more
    if not container.is_service:
        keys = {"securityContext": {"capabilities": keys}}
    is_safe = container.user_is_root is False
    title = "Drop all capabilities"
    if needed:
        title += f" but {', '.join(f'`{name}`' for name in needed)}"
    return add_to_container(
        container, title, keys, Applicability.SAFE if is_safe else Applicability.UNSAFE
    )


_BECOMES_ANOTHER = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")
"""What it takes to hand a volume over to another user and become that user."""
_NEEDED = {
    "postgres": _BECOMES_ANOTHER,
    "mysql": _BECOMES_ANOTHER,
    "mongo": _BECOMES_ANOTHER,
    "redis": _BECOMES_ANOTHER,
    "rabbitmq": _BECOMES_ANOTHER,
    "nginx": ("CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"),
}
