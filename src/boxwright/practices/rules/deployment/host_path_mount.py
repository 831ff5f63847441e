"""
A container is given a folder of the machine that is not meant for it.

Who may write to `/etc`, `/root` or `/var/lib/docker` is root on the machine soon: a job for cron or a key for SSH is a file.
Who may only read gets keys, tokens and the files of other containers.
In Kubernetes any `hostPath` also ties a pod to what happens to lie on its node.

Bad:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    volumes:
      - ~/.aws:/root/.aws
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      volumeMounts:
        - name: runs
          mountPath: /runs
  volumes:
    - name: runs
      hostPath:
        path: /mnt/runs
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
    volumes:
      - ./config:/config:ro
    secrets: [aws]
secrets:
  aws:
    file: ~/.aws/credentials
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      volumeMounts:
        - name: runs
          mountPath: /runs
  volumes:
    - name: runs
      persistentVolumeClaim:
        claimName: runs
```

## When it is fine

Time zones, certificates, and the devices of GPUs are no danger.
A folder of the system that may be written to is an `error`; a `hostPath` of something else is a warning, and an `info` where it is read-only or in a DaemonSet.
In a Compose file other folders, those of the project most of all, are what bind mounts are for.
Agents that watch a machine read `/proc` and `/sys`: suppress it with that reason.

## Equivalents

compose-lint CL-0013, CL-0025, KICS "Volume Has Sensitive Host Directory", kube-linter sensitive-host-mounts, writable-host-mount.

compose-lint and kube-linter take `/home` for sensitive as a whole; here a project below it is not.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import (
    MountPoint,
    PodContainer,
    ServiceContainer,
    all_containers_of,
)
from boxwright.practices.host_paths import danger_of, is_socket_folder, normal_path, socket_engine
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def host_path_mount(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in all_containers_of(subject):
        for mount in container.mounts:
            found = _judged(container, mount)
            if found is not None:
                message, severity = found
                is_here = mount.node.source is subject.source
                span = mount.node.span if is_here else container.span
                yield Problem(message, span, severity=severity)


def _judged(
    container: ServiceContainer | PodContainer, mount: MountPoint
) -> tuple[str, Severity] | None:
    path = mount.source
    if mount.kind != "bind" or not path or socket_engine(path) or is_socket_folder(path):
        return None
    may = "may read" if mount.read_only else "may change"
    found = danger_of(path)
    if found is not None:
        danger, folder = found
        what = {"control": "", "secrets": ", where credentials are", "inside": ""}[danger]
        inside = f" in `{folder}`" if folder not in {normal_path(path), "/"} else ""
        is_worst = danger == "control" and not mount.read_only
        severity = Severity.ERROR if is_worst else Severity.WARNING
        return f"`{container.name}` {may} `{path}`{inside} of the machine{what}", severity
    if isinstance(container, PodContainer) and not _is_of_device(path):
        is_agent = container.spec.pod.owner.kind == "DaemonSet"
        severity = Severity.INFO if mount.read_only or is_agent else Severity.WARNING
        return f"`{container.name}` {may} `{path}` of whatever node it runs on", severity
    return None


def _is_of_device(path: str) -> bool:
    return path.startswith(("/dev/", "/usr/local/nvidia", "/etc/localtime", "/etc/ssl"))
