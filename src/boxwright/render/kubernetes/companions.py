"""Services of public images beside the project's own: databases, caches, brokers."""

from __future__ import annotations

from boxwright.plan.model import CompanionPlan
from boxwright.render.kubernetes.claims import own_claims
from boxwright.render.kubernetes.names import (
    Object,
    declared,
    exceptions,
    identity,
    label_value,
    labels,
)
from boxwright.render.kubernetes.network import companion_policy
from boxwright.render.kubernetes.pod import companion_pod, companion_ports
from boxwright.render.kubernetes.secrets import secret_variables
from boxwright.render.kubernetes.stack import Stack, numeric_user
from boxwright.render.kubernetes.workloads import service_account
from boxwright.syntax.yaml.written import Commented, Data

_LEAST_USER = 10_000
"""Users of containers from here on are nobody on the node."""


def companion_objects(stack: Stack, companion: CompanionPlan, namespace: str) -> list[Data]:
    """Return the objects of *companion*: account, pods, Service and NetworkPolicy."""
    kind = companion_kind(stack, companion)
    is_stateful = kind == "StatefulSet"
    found = _labels(stack, companion)
    reasons = exceptions(_reasons(stack, companion))
    spec: Object = {"replicas": 1, "revisionHistoryLimit": 3}
    if is_stateful:
        spec["serviceName"] = companion.name
    spec["selector"] = {"matchLabels": identity(companion.name, stack.name)}
    spec["template"] = {"metadata": {"labels": found}, "spec": companion_pod(stack, companion)}
    if is_stateful:
        spec |= own_claims(stack, companion)
    return [
        service_account(stack, companion.name, namespace),
        declared("apps/v1", kind, companion.name, namespace, found, spec, reasons),
        _service(stack, companion, namespace, is_stateful=is_stateful),
        companion_policy(stack, companion, namespace),
    ]


def companion_kind(stack: Stack, companion: CompanionPlan) -> str:
    """Return the kind of the object that runs *companion*."""
    return "StatefulSet" if stack.owns_volumes(companion) else "Deployment"


def _service(
    stack: Stack, companion: CompanionPlan, namespace: str, *, is_stateful: bool
) -> Object:
    spec: Object = {"type": "ClusterIP"}
    if is_stateful:
        spec["clusterIP"] = Commented("None", "A StatefulSet names its pods by it.")
    spec |= {
        "selector": identity(companion.name, stack.name),
        "ports": [
            {"name": name, "port": port, "targetPort": name}
            for name, port in companion_ports(companion)
        ],
    }
    return declared(
        "v1",
        "Service",
        companion.name,
        namespace,
        labels(companion.name, stack.name),
        spec,
    )


def _labels(stack: Stack, companion: CompanionPlan) -> dict[str, str]:
    tag = companion.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return labels(companion.name, stack.name, companion.kind, label_value(tag))


def _reasons(stack: Stack, companion: CompanionPlan) -> dict[str, str]:
    """Return the codes of checkov that are not kept by *companion*, with reasons."""
    found = {}
    if companion.writable_root:
        found["CKV_K8S_22"] = "it writes to where it is installed"
    if numeric_user(companion.user)[0] < _LEAST_USER:
        found["CKV_K8S_40"] = "it is the user that the image was made for"
    if any("valueFrom" in it for it in secret_variables(stack, companion.name, is_companion=True)):
        found["CKV_K8S_35"] = "the image takes it from the environment alone"
    return found
