"""
A process may get more rights than the one that started it.

A program with the set-user-ID bit (`su`, `mount`, `sudo`) runs as root, whoever starts it, and base images have some.
`no-new-privileges` makes the kernel ignore that bit: a user that is not root stays that way.

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
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    ports: ["8000:8000"]
    security_opt:
      - no-new-privileges:true
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
        allowPrivilegeEscalation: false
```

## When it is fine

In a Compose file it is an `info`, but for a service that publishes a port beyond the loopback interface; databases, brokers and dashboards as their makers publish them are left out.
There too, a service that is known to run as root has nothing left to gain: see `root-user` and `capabilities-kept`.
A container that is privileged has `privileged` instead, and Kubernetes refuses the two together.

## Fix

The option is set. Safe: `gosu` and its like, with which entry points leave root behind, work as before.
There is none where `sudo` is used to start, or `GRANT_SUDO` is set.

## Equivalents

compose-lint CL-0003, KICS "No New Privileges Not Set", kube-linter privilege-escalation-container, kubesec AllowPrivilegeEscalation, checkov CKV_K8S_20.

compose-lint reports every service, whoever it runs as.

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
from boxwright.syntax.yaml.node import as_text
from boxwright.syntax.yaml.written import Data


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def privilege_escalation(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        severity = hardening_severity(container)
        if severity is None or container.is_privileged or not _is_allowed(container):
            continue
        if container.is_service and container.user_is_root:
            continue
        yield Problem(
            message=f"a process in `{container.name}` may become root by a program that is"
            " marked for it",
            span=container.span,
            fix=_fix(container),
            severity=severity,
        )


def _is_allowed(container: ServiceContainer | PodContainer) -> bool:
    if isinstance(container, PodContainer):
        return container.spec.security_flag("allowPrivilegeEscalation") is not False
    for item in container.service.items("security_opt"):
        name, value = _option(as_text(item) or "")
        if name.startswith("$") or (name == "no-new-privileges" and value != "false"):
            return False
    return True


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.replace("=", ":", 1).partition(":")
    return name.strip(), value.strip().lower()


def _fix(container: ServiceContainer | PodContainer) -> Fix | None:
    commands = container.started
    if not commands and container.stage is not None:
        commands = container.stage.start_commands
    if container.has_variable("GRANT_SUDO") or any("sudo" in it.wrappers for it in commands):
        return None
    if isinstance(container, PodContainer):
        keys: dict[str, Data] = {"securityContext": {"allowPrivilegeEscalation": False}}
    else:
        options = [as_text(item) or "" for item in container.service.items("security_opt")]
        if any(_option(text)[0] == "no-new-privileges" for text in options):
            return None
        keys = {"security_opt": ["no-new-privileges:true"]}
    return add_to_container(container, "Forbid new privileges", keys, Applicability.SAFE)
