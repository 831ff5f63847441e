"""
An object names another that is not there.

Kubernetes takes such a reference without a word: a Service without pods answers nothing, an autoscaler without its workload scales nothing, a pod that mounts a volume it does not have is refused.

Bad:

```yaml
apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  selector:
    app: predictions
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
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
      volumeMounts:
        - name: model-cache
          mountPath: /cache
  volumes:
    - name: models-cache
      emptyDir: {}
```

Good:

```yaml
apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  selector:
    app: api
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
```

## When it is fine

Most clusters hold more than one repository says, so what is named elsewhere is not missed:

- Services, autoscalers and ingresses are judged where their own file has objects of the kind that they name.
- Secrets, ConfigMaps, claims and service accounts only where one of nearly the same name is among the checked files: then it is a slip.
- Volumes that a container mounts and named ports have to be in the very same pod.

## Fix

Writes the name that was meant, where one is nearly the same. Unsafe: it is a guess.

## Equivalents

kube-linter dangling-service, dangling-ingress, dangling-horizontalpodautoscaler, non-existent-service-account, kube-score service-targets-pod, ingress-targets-service, horizontalpodautoscaler-has-target.

These report every reference that the files at hand do not answer.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, rewrite
from boxwright.syntax.yaml.kubernetes import KubernetesObject, PodSpec
from boxwright.syntax.yaml.node import Node, Scalar, as_list, as_mapping, as_text, walk

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
_SOURCES = {
    "configMap": ("ConfigMap", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}
_VARIABLES = {
    "configMapKeyRef": "ConfigMap", "configMapRef": "ConfigMap",
    "secretKeyRef": "Secret", "secretRef": "Secret",
}  # fmt: skip


@rule(KubernetesFile, severity=Severity.WARNING)
def undefined_object_reference(file: KubernetesFile) -> Iterator[Problem]:
    for item in file.objects:
        match item.kind:
            case "Service" if item.group == "":
                yield from _of_service(file, item)
            case "HorizontalPodAutoscaler":
                yield from _of_scaler(file, item)
            case "Ingress":
                yield from _of_ingress(file, item)
            case _:
                pass
    for pod in file.whole_pods:
        yield from _of_mounts(file, pod)
        yield from _of_names(file, pod)


def _of_service(file: KubernetesFile, service: KubernetesObject) -> Iterator[Problem]:
    selector = as_mapping(service.get("spec", "selector"))
    if selector is None or not selector.pairs or not file.whole_pods:
        return
    if any("/" in key and not key.startswith("app.kubernetes.io/") for key in selector.effective()):
        # Operators label what they start with names of their own.
        return
    pods = file.all_objects.selected_by(service)
    if not pods:
        if all(pod.owner.is_native for workload in file.workloads for pod in workload.pods):
            message = f"the service `{service.shown}` selects no pod of any of the checked files"
            yield Problem(message, selector.span)
        return
    names = {name for pod in pods for container in pod.containers for _, name, _ in container.ports}
    for port in as_list(service.get("spec", "ports")):
        target = as_mapping(port)
        node = target.get("targetPort") if target is not None else None
        name = as_text(node)
        if name is None or name.isdecimal() or name in names or not all(it.is_whole for it in pods):
            continue
        yield _problem(
            file, node, f"no pod of the service `{service.shown}` has a port", name, names
        )


def _of_scaler(file: KubernetesFile, scaler: KubernetesObject) -> Iterator[Problem]:
    node = scaler.get("spec", "scaleTargetRef", "name")
    kind, name = scaler.text("spec", "scaleTargetRef", "kind") or "", as_text(node)
    near = [item for item in file.objects if item.kind in _SCALED]
    if kind not in _SCALED or name is None or not near:
        return
    if file.all_objects.find(kind, name, scaler.namespace) is None:
        names = {item.name for item in file.all_objects.of(kind)}
        yield _problem(file, node, f"no checked file has the {kind} to scale,", name, names)


def _of_ingress(file: KubernetesFile, ingress: KubernetesObject) -> Iterator[Problem]:
    if not any(item.kind == "Service" for item in file.objects):
        return
    names = {item.name for item in file.all_objects.of("Service")}
    for node in walk(ingress.get("spec")):
        backend = as_mapping(node)
        found = backend.get("service", "name") or backend.get("serviceName") if backend else None
        name = as_text(found)
        if name is not None and file.all_objects.find("Service", name, ingress.namespace) is None:
            yield _problem(file, found, "no checked file has the Service", name, names)


def _of_mounts(file: KubernetesFile, pod: PodSpec) -> Iterator[Problem]:
    if not pod.owner.is_native:
        return
    for container in pod.containers:
        for mount in container.volume_mounts:
            node = mount.node.get("name")
            if mount.name and mount.name not in pod.volumes:
                problem = _problem(
                    file, node, f"the pod of `{container.name}` has no volume", mount.name,
                    set(pod.volumes),
                )  # fmt: skip
                yield problem._replace(severity=Severity.ERROR)


def _of_names(file: KubernetesFile, pod: PodSpec) -> Iterator[Problem]:
    """Yield the names in *pod* that are nearly those of objects which are there."""
    for kind, node in _named(pod):
        name = as_text(node)
        if name is None or file.all_objects.find(kind, name, pod.owner.namespace) is not None:
            continue
        names = {it.name for it in file.all_objects.of(kind) if file.is_near(it, pod.owner)}
        if _nearest(name, names):
            yield _problem(file, node, f"no checked file has the {kind}", name, names)


def _named(pod: PodSpec) -> Iterator[tuple[str, Node | None]]:
    yield "ServiceAccount", pod.get("serviceAccountName")
    for volume in pod.volumes.values():
        if volume.type in _SOURCES:
            kind, key = _SOURCES[volume.type]
            source = as_mapping(volume.source)
            yield kind, source.get(key) if source is not None else None
    for container in pod.containers:
        for node in (*as_list(container.get("env")), *as_list(container.get("envFrom"))):
            entry = as_mapping(node)
            if entry is None:
                continue
            for key, kind in _VARIABLES.items():
                yield kind, entry.get("valueFrom", key, "name") or entry.get(key, "name")


def _problem(
    file: KubernetesFile, node: Node | None, what: str, name: str, names: set[str]
) -> Problem:
    assert isinstance(node, Scalar)  # noqa: S101 (it has a text)
    near = _nearest(name, names)
    meant = f"; `{near}` is nearly the same" if near else ""
    change = rewrite(file.file, node, near) if near else None
    fix = fix_of(f"Name `{near}`", change) if near else None
    return Problem(f"{what} `{name}`{meant}", node.span, fix)


def _nearest(name: str, names: set[str]) -> str:
    """Return which of *names* was meant by *name*, empty if none."""
    from difflib import get_close_matches

    # `api-1` and `api-2` are siblings, no slips.
    digits = [letter for letter in name if letter.isdecimal()]
    alike = [it for it in sorted(names) if [x for x in it if x.isdecimal()] == digits]
    return next(iter(get_close_matches(name, alike, n=1, cutoff=0.85)), "")
