"""
The probe that restarts a container is the one that takes its traffic.

A container that is busy fails its readiness probe, so that others take over until it has caught up.
Where the liveness probe is the same it is killed instead, at the same moment, and has to load its model again.

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
      readinessProbe:
        httpGet:
          path: /health
          port: 8000
      livenessProbe:
        httpGet:
          path: /health
          port: 8000
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
      readinessProbe:
        httpGet:
          path: /ready
          port: 8000
      livenessProbe:
        httpGet:
          path: /live
          port: 8000
        failureThreshold: 6
```

## When it is fine

The same path is fine as long as the liveness probe is more patient: a longer period, or more failures.

## Fix

Lets the liveness probe fail twice as often before it acts. Unsafe: a container that hangs is restarted later.

## Equivalents

kube-score pod-probes-identical.

kube-score compares all settings; ours only what is asked, and how long it takes to fail.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.node import Mapping, Node, Scalar, Sequence, as_int

_HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")
_DEFAULTS = {"periodSeconds": 10, "failureThreshold": 3}


@rule(KubernetesFile, severity=Severity.INFO)
def identical_probes(file: KubernetesFile) -> Iterator[Problem]:
    for container in file.containers:
        ready, live = container.readiness_probe, container.liveness_probe
        if ready is None or live is None:
            continue
        handler = next((key for key in _HANDLERS if live.get(key) is not None), None)
        if handler is None or not _is_equal(ready.get(handler), live.get(handler)):
            continue
        if _patience(live) > _patience(ready):
            continue
        failures = _number(live, "failureThreshold")
        pair = container.node.pair("livenessProbe")
        yield Problem(
            f"`{container.name}` is killed by the probe that only takes its traffic elsewhere",
            pair.key.span if pair is not None else container.span,
            fix_of(
                f"Kill it after {failures * 2} failures",
                set_path(
                    file.file,
                    container.node,
                    ("livenessProbe", "failureThreshold"),
                    str(failures * 2),
                ),
            ),
        )


def _patience(probe: Mapping) -> int:
    """Return for how many seconds *probe* fails until that counts."""
    return _number(probe, "periodSeconds") * _number(probe, "failureThreshold")


def _number(probe: Mapping, key: str) -> int:
    found = as_int(probe.get(key))
    return _DEFAULTS[key] if found is None else found


def _is_equal(one: Node | None, other: Node | None, depth: int = 0) -> bool:
    """Tell whether two nodes say the same; what is nested deeper than probes are is not read."""
    if one is other:
        return True
    if depth > 6:
        return False
    match one, other:
        case Scalar(), Scalar():
            return one.text == other.text
        case Sequence(), Sequence():
            return len(one.items) == len(other.items) and all(
                _is_equal(*pair, depth + 1) for pair in zip(one.items, other.items, strict=True)
            )
        case Mapping(), Mapping():
            return set(one.keys()) == set(other.keys()) and all(
                _is_equal(value, other.get(key), depth + 1) for key, value in one.items()
            )
        case _:
            return False
