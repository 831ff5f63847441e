"""
A service has no probes.

Without a readiness probe a pod gets traffic as soon as its process runs: every request fails until the model is loaded, at each start and each rollout.
Without a liveness probe one that hangs, on a deadlock or a GPU that fell off, stays there until somebody looks.

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
      livenessProbe:
        httpGet:
          path: /live
          port: 8000
```

## When it is fine

Jobs, workers and training runs are not asked: only containers with ports, other than for metrics, in pods that last.
Knative, KServe and Ray add probes of their own, so their objects are not judged.
A missing liveness probe alone is an info: one that is wrong restarts a container that is merely busy.
Agents of the node (DaemonSets), which get no traffic as a rule, are told only where they have neither, as an info.

## Fix

Adds what is missing. For servers that are known it asks their path; otherwise whether the port can be connected to, which most servers only allow once they are ready. Unsafe: a probe can restart a container that works.

## Equivalents

checkov CKV_K8S_8, CKV_K8S_9, kube-linter no-liveness-probe, no-readiness-probe, kube-score pod-probes.

These also report containers without ports, and checkov each of the two by itself.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Fix, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import add_keys, fix_of
from boxwright.syntax.yaml.kubernetes import ContainerSpec
from boxwright.syntax.yaml.node import as_text
from boxwright.syntax.yaml.written import written

_PROBES = {"readinessProbe": "readiness probe", "livenessProbe": "liveness probe"}
_OTHER_PORTS = frozenset({"metrics", "http-metrics", "prometheus", "webhook", "webhook-server"})
"""Names of ports that nobody is sent to."""


@rule(KubernetesFile, severity=Severity.WARNING)
def missing_probe(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        if not pod.owner.is_lasting:
            continue
        for container in pod.containers:
            ports = _ports(container) if container.key == "containers" else ()
            missing = [key for key in _PROBES if container.get(key) is None]
            if not ports or not missing:
                continue
            is_agent = pod.owner.kind == "DaemonSet"
            if is_agent and len(missing) == 1:
                continue
            words = "neither a readiness nor a liveness probe"
            if len(missing) == 1:
                words = f"no {_PROBES[missing[0]]}"
            is_ready = "readinessProbe" not in missing
            yield Problem(
                f"`{container.name}` has port {ports[0]} and {words}",
                container.span,
                _fix(file, container, ports, missing),
                Severity.INFO if is_ready or is_agent else None,
            )


def _ports(container: ContainerSpec) -> tuple[int, ...]:
    """Return the TCP ports that *container* serves at."""
    return tuple(
        number
        for number, name, node in container.ports
        if number is not None
        and name not in _OTHER_PORTS
        and (as_text(node.get("protocol")) or "TCP") == "TCP"
    )


def _fix(
    file: KubernetesFile, container: ContainerSpec, ports: tuple[int, ...], missing: list[str]
) -> Fix | None:
    serving = file.serving(container)
    server = serving.server if serving is not None and serving.port in ports else None
    port = serving.port if serving is not None and server is not None else ports[0]
    added = []
    for key in missing:
        path = ""
        if server is not None:
            path = server.live if key == "livenessProbe" and server.live else server.health
        handler = _handler(path, port)
        # One that is only busy is not to be restarted at once.
        added.append((key, handler + "\nperiodSeconds: 20" * (key == "livenessProbe")))
    if server is not None and server.slow and container.get("startupProbe") is None:
        handler = _handler(server.health, port)
        added.append(("startupProbe", f"{handler}\nfailureThreshold: 60\nperiodSeconds: 10"))
    words = " and a ".join(_PROBES[key] for key in missing)
    return fix_of(f"Add a {words}", add_keys(file.file, container.node, added))


def _handler(path: str, port: int | None) -> str:
    if path:
        return written({"httpGet": {"path": path, "port": port}})
    return written({"tcpSocket": {"port": port}})
