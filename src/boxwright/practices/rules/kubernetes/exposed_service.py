"""
A Service is open to whoever reaches the nodes or a load balancer.

`NodePort` opens a port on every node, `LoadBalancer` asks the cloud for an address that is public unless it is told otherwise.
An Ingress or a gateway in front has one address for all, with TLS and logins.

Bad:

```yaml
apiVersion: v1
kind: Service
metadata:
  name: mlflow
spec:
  type: LoadBalancer
  selector:
    app: mlflow
  ports:
    - port: 5000
```

Good:

```yaml
apiVersion: v1
kind: Service
metadata:
  name: mlflow
spec:
  selector:
    app: mlflow
  ports:
    - port: 5000
```

## When it is fine

For what is there to be reached, a gateway for one. A load balancer that is internal by its annotations, or has `loadBalancerSourceRanges`, is not reported.
It is a warning where the port is one of a server that asks nobody for a password: MLflow, TensorBoard, Ray's dashboard, Ollama.

## Fix

Makes it a `ClusterIP`. Unsafe: whoever uses it from outside no longer can.

## Equivalents

kube-linter exposed-services, kube-score service-type.

kube-score reports `NodePort` only.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Fix, Severity
from boxwright.practices.kind import Server
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, remove_key, rewrite
from boxwright.syntax.yaml.kubernetes import KubernetesObject
from boxwright.syntax.yaml.node import as_list, as_mapping

_INTERNAL = ("internal", "private", "tailscale", "metallb")

_OF_OPEN_ONES = ("externalTrafficPolicy", "healthCheckNodePort")


@rule(KubernetesFile, severity=Severity.INFO)
def exposed_service(file: KubernetesFile) -> Iterator[Problem]:
    for service in file.objects:
        kind = service.text("spec", "type")
        node = service.get("spec", "type")
        if service.kind != "Service" or service.group or kind not in {"NodePort", "LoadBalancer"}:
            continue
        if node is None or (kind == "LoadBalancer" and _is_internal(service)):
            continue
        where = "on every node" if kind == "NodePort" else "through a load balancer"
        server = _server(file, service)
        who = f", and {server.title} asks nobody for a password" if server is not None else ""
        yield Problem(
            f"the service `{service.shown}` is reached {where}{who}",
            node.span,
            _fix(file, service),
            Severity.WARNING if server is not None else None,
        )


def _is_internal(service: KubernetesObject) -> bool:
    if as_list(service.get("spec", "loadBalancerSourceRanges")):
        return True
    texts = (f"{key}={value}".lower() for key, value in service.annotations.items())
    class_ = service.text("spec", "loadBalancerClass") or ""
    return any(word in text for text in (*texts, class_.lower()) for word in _INTERNAL)


def _server(file: KubernetesFile, service: KubernetesObject) -> Server | None:
    """Return the server behind *service*, if it is known to ask for no password."""
    for pod in file.all_objects.selected_by(service):
        for container in pod.containers:
            serving = file.serving(container)
            if serving is not None and serving.server.auth is False:
                return serving.server
    return None


def _fix(file: KubernetesFile, service: KubernetesObject) -> Fix | None:
    spec = as_mapping(service.get("spec"))
    ports = [as_mapping(port) for port in as_list(service.get("spec", "ports"))]
    removed = [
        (mapping, key)
        for mapping, keys in [*((port, ("nodePort",)) for port in ports), (spec, _OF_OPEN_ONES)]
        if mapping is not None
        for key in keys
        if mapping.pair(key) is not None
    ]
    return fix_of(
        "Make it a `ClusterIP`",
        rewrite(file.file, service.get("spec", "type"), "ClusterIP"),
        *(remove_key(file.file, mapping, key) for mapping, key in removed),
    )
