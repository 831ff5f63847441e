"""
A deployment makes root of the user that an image would run as.

`user: root` takes back what the `USER` of the Dockerfile is there for: files that the container makes on mounts belong to root, and whoever gets out of it is root outside as well, unless the engine maps users.

Bad:

```yaml
services:
  notebook:
    image: quay.io/jupyter/pytorch-notebook:2026-01-05
    user: root
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsUser: 0
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

Good:

```yaml
services:
  notebook:
    image: quay.io/jupyter/pytorch-notebook:2026-01-05
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsUser: 10001
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

An init container that hands a volume over to the user of the others has to be root, and is an `info`.
Jupyter's images begin as root where `NB_UID`, `NB_USER` or `GRANT_SUDO` is set, and become that user.

## Fix

Where the image is known to have a user of its own, the key is taken out. Unsafe: files on volumes may belong to root by now.

## Equivalents

compose-lint CL-0018.

Images whose own user is root are found in their Dockerfile by `root-user`.

## References

Best practices guide, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import remove_key
from boxwright.practices.containers import (
    Container,
    PodContainer,
    ServiceContainer,
    all_containers_of,
)
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import as_text


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def root_service(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    seen = set()
    for container in all_containers_of(subject):
        is_init = False
        if isinstance(container, PodContainer):
            node = container.spec.security("runAsUser")
            text = as_text(node)
            is_init = container.spec.is_init
        else:
            node = container.service.get("user")
            text = container.service.text("user")
        if node is None or (text or "").partition(":")[0] not in {"root", "0"}:
            continue
        if _becomes_another(container) or node.source is not subject.source or id(node) in seen:
            continue
        # What a pod says of all its containers is told once.
        seen.add(id(node))
        own = _own_user(container)
        instead = f", not as the `{own}` of its image" if own else ""
        yield Problem(
            message=f"`{container.name}` is run as root{instead}",
            span=node.span,
            fix=_fix(container) if own else None,
            severity=Severity.INFO if is_init else None,
        )


def _own_user(container: Container) -> str:
    """Return the user of the image, if that is known and not root."""
    if container.stage is not None:
        user = container.stage.user
        return user.name if user.is_root is False else ""
    name = (container.facts.user if container.facts is not None else None) or ""
    return "" if name.partition(":")[0] in {"root", "0"} else name


def _becomes_another(container: Container) -> bool:
    """Tell whether the start of Jupyter's images makes another user and becomes that one."""
    is_jupyter = container.facts is not None and container.facts.family == "jupyter"
    names = {"NB_UID", "NB_USER", "GRANT_SUDO"}
    return is_jupyter and not names.isdisjoint(container.environment)


def _fix(container: ServiceContainer | PodContainer) -> Fix | None:
    path = ("user",) if container.is_service else ("securityContext", "runAsUser")
    return remove_key(container, f"Take `{path[-1]}` out", path)
