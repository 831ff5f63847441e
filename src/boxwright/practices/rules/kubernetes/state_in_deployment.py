"""
A Deployment keeps state that its pods cannot share.

The pods of a Deployment are all alike, and a rollout starts the next before it stops the last.
A volume that is `ReadWriteOnce` belongs to one node: pods on others wait for it for ever.
Two databases that do get at one directory, on the same node, destroy each other's files.
A StatefulSet gives each pod a volume and a name of its own, and stops a pod before it starts the next.

Bad:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hub
spec:
  replicas: 3
  selector:
    matchLabels:
      app: hub
  template:
    metadata:
      labels:
        app: hub
    spec:
      containers:
        - name: hub
          image: registry.example.org/hub:1.0
          volumeMounts:
            - name: models
              mountPath: /models
      volumes:
        - name: models
          persistentVolumeClaim:
            claimName: hub
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: hub
spec:
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 100Gi
```

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: postgres
spec:
  selector:
    matchLabels:
      app: postgres
  template:
    metadata:
      labels:
        app: postgres
    spec:
      containers:
        - name: postgres
          image: postgres:17.2
          volumeMounts:
            - name: data
              mountPath: /var/lib/postgresql/data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: postgres
```

Good:

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: hub
spec:
  replicas: 3
  serviceName: hub
  selector:
    matchLabels:
      app: hub
  template:
    metadata:
      labels:
        app: hub
    spec:
      containers:
        - name: hub
          image: registry.example.org/hub:1.0
          volumeMounts:
            - name: models
              mountPath: /models
  volumeClaimTemplates:
    - metadata:
        name: models
      spec:
        accessModes:
          - ReadWriteOnce
        resources:
          requests:
            storage: 100Gi
```

## When it is fine

One replica with the strategy `Recreate` never meets itself, and a claim that is `ReadWriteMany` or `ReadOnlyMany` may be shared.
Claims that no checked file declares are only judged where a database uses them.

## Fix

Where there is one replica, the strategy becomes `Recreate`. Unsafe: during a rollout nothing answers.
For several replicas there is none: which state belongs to which pod is for you to say.

## Equivalents

None.

## References

MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import KubernetesObject, PodSpec
from boxwright.syntax.yaml.node import as_int, as_list, as_text

_DATABASES = frozenset(
    {
        "postgres", "mysql", "mariadb", "mongo", "redis", "valkey", "elasticsearch", "opensearch",
        "cassandra", "clickhouse", "influxdb", "neo4j", "qdrant", "milvus", "weaviate", "chroma",
        "etcd", "rabbitmq", "kafka", "zookeeper", "couchdb", "timescaledb", "pgvector",
    }
)  # fmt: skip
"""The last part of the names of images that write to one directory and tolerate no other."""


@rule(KubernetesFile, severity=Severity.WARNING)
def state_in_deployment(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        deployment = pod.owner
        if deployment.kind != "Deployment" or deployment.replicas == 0:
            continue
        replicas = _most_replicas(file, deployment)
        recreates = deployment.text("spec", "strategy", "type") == "Recreate"
        for name, volume in pod.volumes.items():
            if volume.claim is None or (recreates and replicas == 1):
                continue
            modes = _modes(file, pod, name)
            database = _database(pod, name)
            if modes is None and not database:
                continue
            if modes is not None and not modes <= {"ReadWriteOnce", "ReadWriteOncePod"}:
                continue
            kind = "ReadWriteOnce " if modes is not None else ""
            if replicas > 1:
                message = f"{replicas} replicas of `{deployment.shown}` have one {kind}claim, "
                message += f"`{volume.claim}`"
                yield Problem(message, volume.node.span)
                break
            what = f"a second {database}" if database else "another pod"
            change = set_path(file.file, deployment.node, ("spec", "strategy"), "type: Recreate")
            yield Problem(
                f"a rollout starts {what} at the {kind}claim `{volume.claim}` beside the first",
                volume.node.span,
                fix_of("Stop the pod before the next starts: `Recreate`", change),
                None if database else Severity.INFO,
            )
            break


def _most_replicas(file: KubernetesFile, deployment: KubernetesObject) -> int:
    """Return how many pods *deployment* may come to."""
    scaled = [as_int(scaler.get("spec", "maxReplicas")) or 1 for scaler in file.scalers(deployment)]
    return max([deployment.replicas or 1, *scaled])


def _modes(file: KubernetesFile, pod: PodSpec, volume: str) -> frozenset[str] | None:
    """Return the access modes of the claim behind *volume*; None where they are not known."""
    claim = file.claim(pod, volume)
    modes = as_list(claim.get("spec", "accessModes")) if claim is not None else ()
    return frozenset(as_text(mode) or "" for mode in modes) or None


def _database(pod: PodSpec, volume: str) -> str:
    """Return the image of a database that writes to *volume*, empty if there is none."""
    from boxwright.practices.kubernetes_file import repository_of

    for container in pod.containers:
        name = repository_of(container.image or "").rpartition("/")[2]
        mounts = container.volume_mounts
        if name in _DATABASES and any(it.name == volume and not it.read_only for it in mounts):
            return name
    return ""
