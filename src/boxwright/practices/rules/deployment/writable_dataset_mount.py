"""
A dataset is mounted so that the container may change it.

A wrong path in a script, a library that writes its cache beside the files, or somebody who got in changes the data that all later runs are compared by, and nobody notices.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    command: python train.py
    volumes:
      - /mnt/datasets/imagenet:/datasets/imagenet
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
        - name: datasets
          mountPath: /datasets
  volumes:
    - name: datasets
      hostPath:
        path: /mnt/datasets
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    command: python train.py
    volumes:
      - /mnt/datasets/imagenet:/datasets/imagenet:ro
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
        - name: datasets
          mountPath: /datasets
          readOnly: true
  volumes:
    - name: datasets
      hostPath:
        path: /mnt/datasets
```

## When it is fine

Only what is called a dataset is taken for one, or, in what trains or runs as a batch, a folder of the host called `data` or `input`.
A folder that the command is told to write to (`--output-dir /datasets/prepared`) is left alone, and so are databases.
What prepares the data has to write it: suppress it there.

## Fix

The mount becomes read-only. Unsafe: a loader that caches beside the data needs a folder for that.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import (
    MountPoint,
    PodContainer,
    ServiceContainer,
    containers_of,
)
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.user_folders import is_within
from boxwright.syntax.yaml.edit import insert_pair, replace_value
from boxwright.syntax.yaml.node import Mapping, Scalar
from boxwright.text.edit import Edit


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def writable_dataset_mount(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in containers_of(subject):
        if container.is_infrastructure:
            continue
        for mount in container.mounts:
            if mount.read_only or not _is_dataset(container, mount):
                continue
            if _writes_to(container, mount.target):
                continue
            yield Problem(
                message=f"`{container.name}` may change the data in `{mount.target}`",
                span=mount.node.span,
                fix=_fix(container, mount),
            )


def _is_dataset(container: ServiceContainer | PodContainer, mount: MountPoint) -> bool:
    if mount.kind in {"tmpfs", "emptyDir", "configMap", "secret", "projected", "downwardAPI"}:
        return False
    names = {_last(mount.target), _last(mount.source)}
    if names & _DATASETS or any(name.endswith(("-dataset", "_dataset")) for name in names):
        return True
    runs_once = container.kind in {"training", "batch"}
    return runs_once and mount.kind == "bind" and _last(mount.target) in _INPUTS


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].lower()


def _writes_to(container: ServiceContainer | PodContainer, target: str) -> bool:
    """Tell whether the command names something in *target* by an option for what it writes."""
    for command in container.started:
        option = ""
        for word in command.words:
            name, equals, value = word.value.partition("=")
            if word.value.startswith("-") and not equals:
                option = name
                continue
            path, name = (value, name) if equals else (word.value, option)
            if is_within(path, target) and any(part in name.lower() for part in _WRITTEN):
                return True
            option = ""
    return False


def _fix(container: ServiceContainer | PodContainer, mount: MountPoint) -> Fix | None:
    node = mount.node
    if node.source is not container.source or node.is_shared or container.node is None:
        return None
    if any(
        other is not mount and is_within(other.target, mount.target) for other in container.mounts
    ):
        # A folder for the inner mount could not be made.
        return None
    edit: Edit | None = None
    if isinstance(node, Mapping):
        key = "read_only" if container.is_service else "readOnly"
        pair = node.own(key)
        edit = (
            insert_pair(container.source, node, key, "true")
            if pair is None
            else replace_value(container.source, pair, "true")
        )
    elif isinstance(node, Scalar) and node.style in {"", "'", '"'}:
        options = node.text.count(":") > 1 and not node.text.endswith((":rw", mount.target))
        end = node.end - len(node.style)
        if node.text.endswith(":rw"):
            edit = Edit(end - 2, end, "ro")
        elif ",rw" not in node.text and ":rw," not in node.text:
            edit = Edit.insert(end, ",ro" if options else ":ro")
    if edit is None:
        return None
    key = "volumes" if container.is_service else "volumeMounts"
    return Fix(
        f"Mount `{mount.target}` read-only",
        (edit,),
        Applicability.UNSAFE,
        (f"{container.place}.{key}",),
    )


_DATASETS = frozenset(
    {
        "dataset",
        "datasets",
        "corpus",
        "corpora",
        "imagenet",
        "coco",
        "training-data",
        "training_data",
        "train-data",
        "train_data",
    }
)
_INPUTS = frozenset({"data", "input", "inputs", "raw"})
_WRITTEN = ("out", "save", "dest", "target", "checkpoint", "ckpt", "log", "cache", "result", "work")
"""What the names of options have that say where something is written."""
