"""
Nothing collects the metrics of a service.

How long requests wait, how full the GPU's memory is and how many requests fail is what tells that a model needs another replica, or another version.

Bad:

```yaml
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
          ports:
            - containerPort: 8000
```

Good:

```yaml
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
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "8000"
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
          ports:
            - containerPort: 8000
```

## When it is fine

Where metrics are pushed, or collected by rules that stand elsewhere: so it is off unless you turn it on.
A ServiceMonitor, PodMonitor or PodMonitoring among the checked files is taken to be about all services of its namespace.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.kubernetes import PodSpec

_MONITORS = ("ServiceMonitor", "PodMonitor", "PodMonitoring", "ClusterPodMonitoring")
_SCRAPED = ("prometheus.io/scrape", "ad.datadoghq.com/", "k8s.grafana.com/scrape")


@rule(KubernetesFile, severity=Severity.INFO, default=False)
def unmonitored_service(file: KubernetesFile) -> Iterator[Problem]:
    monitors = file.all_objects.of(*_MONITORS)
    for pod in file.whole_pods:
        if not pod.owner.is_lasting or not any(it.ports for it in pod.containers):
            continue
        if any(file.is_near(monitor, pod.owner) for monitor in monitors) or _is_scraped(file, pod):
            continue
        yield Problem(f"nothing collects metrics of `{pod.owner.shown}`", pod.owner.span)


def _is_scraped(file: KubernetesFile, pod: PodSpec) -> bool:
    """Tell whether annotations of *pod*, or of a service of it, have it collected."""
    services = file.selecting("Service", pod)
    annotations = [pod.annotations, *(service.annotations for service in services)]
    return any(key.startswith(_SCRAPED) for found in annotations for key in found)
