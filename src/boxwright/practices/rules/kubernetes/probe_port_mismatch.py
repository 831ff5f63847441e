"""
A probe asks a port that the container does not have.

The probe fails for ever: the pod gets no traffic, or is restarted again and again.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      ports:
        - containerPort: 8000
      readinessProbe:
        httpGet:
          path: /ready
          port: 8080
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      ports:
        - containerPort: 8000
      readinessProbe:
        httpGet:
          path: /ready
          port: 8000
```

## When it is fine

`containerPort` only tells what there is, so a number that is not among them can be right: then this is an info, unless the server is known and listens elsewhere.
A name has to be among them, or the probe cannot ask anything.

## Fix

Where the container has one port, the probe asks that one. Unsafe: the port that is not listed may be the right one.

## Equivalents

kube-linter liveness-port, readiness-port, startup-port.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Fix, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, rewrite
from boxwright.syntax.yaml.kubernetes import ContainerSpec
from boxwright.syntax.yaml.node import Node, as_int, as_text

_PROBES = {
    "startupProbe": "startup probe",
    "readinessProbe": "readiness probe",
    "livenessProbe": "liveness probe",
}


@rule(KubernetesFile, severity=Severity.ERROR)
def probe_port_mismatch(file: KubernetesFile) -> Iterator[Problem]:
    for container in file.containers:
        if not container.pod.is_whole or not container.pod.owner.is_native:
            continue
        names = {name for _, name, _ in container.ports if name}
        numbers = {number for number, _, _ in container.ports if number is not None}
        for key, title in _PROBES.items():
            node = _port(container, key)
            name, number = as_text(node), as_int(node)
            if node is None or name is None or name in names:
                continue
            if number is not None:
                if not numbers or number in numbers or _is_known(file, container, number):
                    continue
                listed = " and ".join(str(port) for port in sorted(numbers))
                message = f"the {title} of `{container.name}` asks port {number}, it has {listed}"
                is_sure = file.serving(container) is not None
            else:
                message = f"the {title} of `{container.name}` asks port `{name}`, which it has not"
                is_sure = True
            yield Problem(
                message,
                node.span,
                _fix(file, node, numbers),
                None if is_sure else Severity.INFO,
            )


def _port(container: ContainerSpec, key: str) -> Node | None:
    """Return where the probe *key* says which port of the container it asks."""
    for handler in ("httpGet", "tcpSocket", "grpc"):
        node = container.get(key, handler, "port")
        if node is not None and container.get(key, handler, "host") is None:
            return node
    return None


def _is_known(file: KubernetesFile, container: ContainerSpec, port: int) -> bool:
    """Tell whether *container* is known to listen on *port*, or says so by what it starts."""
    serving = file.serving(container)
    if serving is not None and port in {serving.port, *serving.server.ports}:
        return True
    # `--metrics-addr=:8081`, `- name: PORT, value: "8081"`: whatever it is for, it is there.
    texts = [*container.words, *(entry.value or "" for entry in container.environment)]
    if any(str(port) in text for text in texts):
        return True
    # A probe may ask another container of the pod: they share their ports.
    others = container.pod.containers
    return any(number == port for other in others for number, _, _ in other.ports)


def _fix(file: KubernetesFile, node: Node, numbers: set[int]) -> Fix | None:
    if len(numbers) != 1:
        return None
    port = str(next(iter(numbers)))
    return fix_of(f"Ask port {port}", rewrite(file.file, node, port))
