"""
A workload does not select its own pods.

The labels that `spec.selector` asks for have to be on the template.
The API server refuses an object where they are not: ``selector does not match template labels``.

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
        app: predictions
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
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
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1.4.2
```

## When it is fine

Never. Where an overlay adds the labels to both, check what `kubectl kustomize` prints.

## Fix

Gives the template the labels of the selector. Safe: without them nothing is created.

## Equivalents

kube-linter mismatching-selector, kube-score deployment-pod-selector-labels-match-template-metadata-labels, statefulset-pod-selector-labels-match-template-metadata-labels.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import Change, add_keys, fix_of, rewrite, set_path
from boxwright.syntax.yaml.kubernetes import PodSpec, selects
from boxwright.syntax.yaml.node import as_mapping, as_text
from boxwright.syntax.yaml.written import quoted, written

_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


@rule(KubernetesFile, severity=Severity.ERROR)
def mismatched_selector(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        selector = as_mapping(pod.owner.get("spec", "selector"))
        if pod.owner.kind not in _KINDS or pod.owner.group != "apps" or selector is None:
            continue
        if not selector.pairs or selects(selector, pod.labels):
            continue
        missing = _missing(pod)
        wanted = " and ".join(f"`{key}: {value}`" for key, value in missing.items())
        yield Problem(
            f"the pods of `{pod.owner.shown}` have no {wanted}, by which it selects them"
            if wanted
            else f"`{pod.owner.shown}` does not select its own pods",
            selector.span,
            _fix(file, pod, missing),
        )


def _missing(pod: PodSpec) -> dict[str, str]:
    """Return the labels that the selector asks for and the template does not have."""
    labels = as_mapping(pod.owner.get("spec", "selector", "matchLabels"))
    wanted = {key: as_text(value) for key, value in labels.items()} if labels is not None else {}
    return {
        key: value
        for key, value in wanted.items()
        if value is not None and pod.labels.get(key) != value
    }


def _fix(file: KubernetesFile, pod: PodSpec, missing: dict[str, str]) -> Fix | None:
    if not missing or pod.template is None:
        return None
    labels = as_mapping(pod.template.get("metadata", "labels"))
    if labels is None:
        change = set_path(file.file, pod.template, ("metadata", "labels"), written(missing))
        return _labelled(change)
    new = [(key, quoted(value)) for key, value in missing.items() if labels.pair(key) is None]
    changes = [add_keys(file.file, labels, new)] if new else []
    changes += [
        rewrite(file.file, labels.get(key), quoted(value))
        for key, value in missing.items()
        if labels.pair(key) is not None
    ]
    return _labelled(*changes)


def _labelled(*changes: Change | None) -> Fix | None:
    return fix_of("Label the pods so", *changes, applicability=Applicability.SAFE)
