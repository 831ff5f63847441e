"""
A container may change the files of its image.

Whoever gets code to run in the container can replace the application, put programs where they are found, and stay until the container is made anew.
With a read-only root only those folders are left to write to that are mounted for it.

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
    read_only: true
    tmpfs:
      - /tmp
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
        readOnlyRootFilesystem: true
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir: {}
```

## When it is fine

In a Compose file it is an `info`, but for a service that publishes a port beyond the loopback interface.
Notebooks there, which install what they need, and databases, brokers and dashboards as their makers publish them are left out.
A container that is privileged has `privileged` instead.

## Fix

The root is made read-only, and the folders get a mount that the image is known to write to: `/tmp`, those that variables name (`HF_HOME`, `MPLCONFIGDIR`), the cache of its libraries.
Temporary ones are a `tmpfs` or an `emptyDir`, caches of models a volume.
Unsafe: an application may write to more than is known.

## Equivalents

compose-lint CL-0007, kube-linter no-read-only-root-fs, kube-score container-security-context-readonlyrootfilesystem, kubesec ReadOnlyRootFilesystem, checkov CKV_K8S_22.

compose-lint reports every service.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, room_for
from boxwright.practices.containers import (
    PodContainer,
    ServiceContainer,
    containers_of,
    hardening_severity,
)
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.written_folders import WrittenFolder, is_writable_at, written_folders


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def writable_root(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        severity = hardening_severity(container)
        if severity is None or container.is_privileged or not _is_writable(container):
            continue
        if container.is_service and container.kind == "notebook":
            continue
        needed = written_folders(container)
        yield Problem(
            message=f"`{container.name}` may change all files of its image{_needs(needed)}",
            span=container.span,
            fix=_fix(container, needed),
            severity=severity,
        )


def _is_writable(container: ServiceContainer | PodContainer) -> bool:
    if isinstance(container, PodContainer):
        return container.has_read_only_root is not True
    # A variable may say it.
    is_said = container.service.get("read_only") is not None
    return container.has_read_only_root is False or not is_said


def _needs(folders: tuple[WrittenFolder, ...]) -> str:
    if not folders:
        return ""
    paths = [f"`{folder.path}`" for folder in folders]
    listed = " and ".join([", ".join(paths[:-1]), paths[-1]] if len(paths) > 1 else paths)
    return f", though it is known to need {listed} only"


def _fix(
    container: ServiceContainer | PodContainer, needed: tuple[WrittenFolder, ...]
) -> Fix | None:
    missing = [folder for folder in needed if not is_writable_at(container, folder.path)]
    room, beside = room_for(container, missing) if missing else ({}, {})
    if container.is_service:
        keys = {"read_only": True, **room}
    else:
        keys = {"securityContext": {"readOnlyRootFilesystem": True}, **room}
    return add_to_container(
        container, "Make the root read-only", keys, Applicability.UNSAFE, beside=beside
    )
