"""
The version of an API is no longer served.

Kubernetes takes versions away after they were deprecated for a while.
What is there already lives on under the new version, but the file cannot be applied any more: ``no matches for kind``.

Bad:

```yaml
apiVersion: batch/v1beta1
kind: CronJob
metadata:
  name: retrain
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: train
              image: registry.example.org/train:1.0
```

Good:

```yaml
apiVersion: batch/v1
kind: CronJob
metadata:
  name: retrain
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: train
              image: registry.example.org/train:1.0
```

## When it is fine

For a cluster that is older than the version named in the message. None of those is supported any more.

## Fix

Writes the version that took over, where the rest of the object means the same there. Safe: as it is, the object cannot be applied.
An Ingress, an autoscaler with metrics of `v2beta1`, a CustomResourceDefinition or a webhook has to be rewritten, so there is none.

## Equivalents

kube-score stable-version.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, rewrite
from boxwright.syntax.yaml.kubernetes import KubernetesObject


class _Removed(NamedTuple):
    """A version of an API that is gone."""

    since: str
    """The version of Kubernetes that no longer has it."""
    successor: str
    """Empty where there is none."""
    is_same: bool
    """Whether the same fields mean the same there."""


@rule(KubernetesFile, severity=Severity.ERROR)
def removed_api_version(file: KubernetesFile) -> Iterator[Problem]:
    for item in file.objects:
        removed = _table().get((item.api_version, item.kind))
        node = item.get("apiVersion")
        if removed is None or node is None:
            continue
        fix = None
        if removed.is_same and _is_complete(item):
            fix = fix_of(
                f"Write `{removed.successor}`",
                rewrite(file.file, node, removed.successor),
                applicability=Applicability.SAFE,
            )
        took_over = f", `{removed.successor}` took over" if removed.successor else ""
        yield Problem(
            f"`{item.api_version}` of {item.kind} is gone since Kubernetes {removed.since}{took_over}",
            node.span,
            fix,
        )


def _is_complete(item: KubernetesObject) -> bool:
    """Tell whether *item* says what its new version wants to be told."""
    return not item.pods or item.kind == "CronJob" or item.get("spec", "selector") is not None


@cache
def _table() -> dict[tuple[str, str], _Removed]:
    """Return what the guide to deprecated APIs of Kubernetes lists."""
    rows = {
        "1.16": [
            ("apps/v1 =", "extensions/v1beta1 apps/v1beta1 apps/v1beta2",
             "Deployment DaemonSet StatefulSet ReplicaSet"),
            ("networking.k8s.io/v1 =", "extensions/v1beta1", "NetworkPolicy"),
            ("", "extensions/v1beta1", "PodSecurityPolicy"),
        ],
        "1.22": [
            ("networking.k8s.io/v1", "extensions/v1beta1 networking.k8s.io/v1beta1", "Ingress"),
            ("networking.k8s.io/v1 =", "networking.k8s.io/v1beta1", "IngressClass"),
            ("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
            ("apiregistration.k8s.io/v1 =", "apiregistration.k8s.io/v1beta1", "APIService"),
            ("admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1",
             "MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
            ("rbac.authorization.k8s.io/v1 =",
             "rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1",
             "Role RoleBinding ClusterRole ClusterRoleBinding"),
            ("scheduling.k8s.io/v1 =", "scheduling.k8s.io/v1beta1", "PriorityClass"),
            ("storage.k8s.io/v1 =", "storage.k8s.io/v1beta1",
             "StorageClass CSIDriver CSINode VolumeAttachment"),
            ("certificates.k8s.io/v1", "certificates.k8s.io/v1beta1", "CertificateSigningRequest"),
            ("coordination.k8s.io/v1 =", "coordination.k8s.io/v1beta1", "Lease"),
        ],
        "1.25": [
            ("batch/v1 =", "batch/v1beta1", "CronJob"),
            ("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1", "EndpointSlice"),
            ("autoscaling/v2", "autoscaling/v2beta1", "HorizontalPodAutoscaler"),
            ("policy/v1", "policy/v1beta1", "PodDisruptionBudget"),
            ("", "policy/v1beta1", "PodSecurityPolicy"),
            ("node.k8s.io/v1 =", "node.k8s.io/v1beta1", "RuntimeClass"),
        ],
        "1.26": [
            ("autoscaling/v2 =", "autoscaling/v2beta2", "HorizontalPodAutoscaler"),
        ],
        "1.27": [
            ("storage.k8s.io/v1 =", "storage.k8s.io/v1beta1", "CSIStorageCapacity"),
        ],
        "1.29": [
            ("flowcontrol.apiserver.k8s.io/v1",
             "flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2",
             "FlowSchema PriorityLevelConfiguration"),
        ],
        "1.32": [
            ("flowcontrol.apiserver.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1beta3",
             "FlowSchema PriorityLevelConfiguration"),
        ],
    }  # fmt: skip
    return {
        (version, kind): _Removed(since, new.removesuffix(" ="), new.endswith(" ="))
        for since, group in rows.items()
        for new, versions, kinds in group
        for version in versions.split()
        for kind in kinds.split()
    }
