"""
The root is read-only, and a folder that is written to has no mount.

Python's `tempfile` needs `/tmp`, gunicorn its heartbeat file, matplotlib and numba their caches, and `transformers` puts the models that it fetches into `HF_HOME`.
The container starts and then fails where the first of these writes, often only under load.

Bad:

```yaml
services:
  embed:
    image: vllm/vllm-openai:v0.11.0
    read_only: true
    tmpfs: [/tmp]
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: embed
spec:
  containers:
    - name: embed
      image: registry.example.org/embed:2.1.0
      env:
        - name: MPLCONFIGDIR
          value: /var/cache/matplotlib
      securityContext:
        readOnlyRootFilesystem: true
```

Good:

```yaml
services:
  embed:
    image: vllm/vllm-openai:v0.11.0
    read_only: true
    tmpfs: [/tmp]
    volumes:
      - models:/root/.cache/huggingface
volumes:
  models:
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: embed
spec:
  containers:
    - name: embed
      image: registry.example.org/embed:2.1.0
      env:
        - name: MPLCONFIGDIR
          value: /tmp/matplotlib
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

Of an image that nothing is known of, only `/tmp` is missed, which is an `info`: a static program may do without.
With `HF_HUB_OFFLINE=1` the models are in the image, and no cache is missed.

## Fix

Temporary folders get a `tmpfs` or an `emptyDir`: safe, since nothing could be written there before.
A cache of models gets a volume. Unsafe: in Kubernetes it hides what the image has there.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container, room_for
from boxwright.practices.containers import Container, containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.written_folders import (
    TEMPORARY,
    WrittenFolder,
    is_writable_at,
    written_folders,
)


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def read_only_without_tmpfs(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        if container.has_read_only_root is not True:
            continue
        folders = written_folders(container)
        missing = [folder for folder in folders if not is_writable_at(container, folder.path)]
        if not missing:
            continue
        is_temporary = all(folder.is_temporary for folder in missing)
        room, beside = room_for(container, missing)
        yield Problem(
            message=f"`{container.name}` has a read-only root and cannot write to "
            + ", ".join(f"`{folder.path}` ({folder.why})" for folder in missing),
            span=container.span,
            fix=add_to_container(
                container,
                "Mount " + ", ".join(f"`{folder.path}`" for folder in missing),
                room,
                Applicability.SAFE if is_temporary else Applicability.UNSAFE,
                beside=beside,
            ),
            severity=_severity(container, missing),
        )


def _severity(container: Container, missing: list[WrittenFolder]) -> Severity:
    is_guess = [folder.path for folder in missing] == [TEMPORARY] and not _is_known(container)
    return Severity.INFO if is_guess else Severity.WARNING


def _is_known(container: Container) -> bool:
    return (
        container.stage is not None
        or container.facts is not None
        or container.command is not None
        or container.server is not None
    )
