"""Workloads of the project's own image, each with all objects that are about it alone."""

from __future__ import annotations

from boxwright.plan.model import Workload
from boxwright.render.kubernetes.claims import own_claims
from boxwright.render.kubernetes.names import (
    Object,
    declared,
    exceptions,
    identity,
    labels,
)
from boxwright.render.kubernetes.network import workload_policy
from boxwright.render.kubernetes.pod import workload_pod, workload_ports
from boxwright.render.kubernetes.probes import start_budget
from boxwright.render.kubernetes.secrets import secret_variables
from boxwright.render.kubernetes.stack import Stack
from boxwright.syntax.yaml.written import Commented, Data

DAY = 86_400
_NEVER = "0 0 1 1 *"
_COMPONENTS = {"job": "training"}
_OWN_IMAGE = {
    "CKV_K8S_15": "the tag is exact, and an overlay puts in the digest",
    "CKV_K8S_43": "the image is built later, and an overlay puts in its digest",
}


def workload_objects(stack: Stack, workload: Workload, namespace: str) -> list[Data]:
    """Return the objects of *workload*: account, pods, Service and NetworkPolicy."""
    if workload.kind == "job":
        runner = _cron_job(stack, workload, namespace)
    elif is_stateful(stack, workload):
        runner = _stateful_set(stack, workload, namespace)
    else:
        runner = _deployment(stack, workload, namespace)
    found: list[Data] = [service_account(stack, workload.name, namespace), runner]
    if workload.kind != "job" and (workload.port is not None or is_stateful(stack, workload)):
        found.append(_service(stack, workload, namespace))
    return [*found, workload_policy(stack, workload, namespace)]


def is_stateful(stack: Stack, workload: Workload) -> bool:
    """Tell whether *workload* is a StatefulSet."""
    return workload.kind != "job" and stack.owns_volumes(workload)


def kind_of(stack: Stack, workload: Workload) -> str:
    """Return the kind of the object that runs *workload*."""
    if workload.kind == "job":
        return "CronJob"
    return "StatefulSet" if is_stateful(stack, workload) else "Deployment"


def service_account(stack: Stack, name: str, namespace: str) -> Object:
    """Return the account of the pods of *name*, which the cluster gives no token."""
    marks = labels(name, stack.name)
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "labels": marks},
        "automountServiceAccountToken": False,
    }


def _deployment(stack: Stack, workload: Workload, namespace: str) -> Object:
    spec: Object = {
        "replicas": 1 if workload.kind == "scheduler" else workload.replicas,
        "revisionHistoryLimit": 3,
        "progressDeadlineSeconds": start_budget(workload) + 300,
        "selector": {"matchLabels": identity(workload.name, stack.name)},
        "strategy": _strategy(workload),
        "template": _template(stack, workload),
    }
    return _runner(stack, workload, "apps/v1", "Deployment", namespace, spec)


def _stateful_set(stack: Stack, workload: Workload, namespace: str) -> Object:
    spec: Object = {
        "replicas": 1 if workload.kind in {"notebook", "scheduler"} else workload.replicas,
        "revisionHistoryLimit": 3,
        "serviceName": workload.name,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": identity(workload.name, stack.name)},
        "template": _template(stack, workload),
        **own_claims(stack, workload),
    }
    return _runner(stack, workload, "apps/v1", "StatefulSet", namespace, spec)


def _cron_job(stack: Stack, workload: Workload, namespace: str) -> Object:
    spec: Object = {}
    if not workload.schedule:
        command = f"kubectl create job --from=cronjob/{workload.name} {workload.name}-1"
        spec["suspend"] = Commented(True, f"Started by hand: {command}")
    spec["schedule"] = workload.schedule or _NEVER
    spec["timeZone"] = "Etc/UTC"
    spec["concurrencyPolicy"] = "Forbid"
    spec["startingDeadlineSeconds"] = 3600
    spec["successfulJobsHistoryLimit"] = 3
    spec["failedJobsHistoryLimit"] = 3
    spec["jobTemplate"] = {
        "metadata": {"labels": _labels(stack, workload)},
        "spec": _job(stack, workload),
    }
    return _runner(stack, workload, "batch/v1", "CronJob", namespace, spec)


def _job(stack: Stack, workload: Workload) -> Object:
    drained = {"type": "DisruptionTarget", "status": "True"}
    return {
        "backoffLimit": 2,
        "activeDeadlineSeconds": Commented(
            DAY, "A run that hangs ends after a day: raise it where one takes longer."
        ),
        "ttlSecondsAfterFinished": 7 * DAY,
        "podFailurePolicy": Commented(
            {"rules": [{"action": "Ignore", "onPodConditions": [drained]}]},
            "That its node is drained is no failure of the run.",
        ),
        "template": _template(stack, workload),
    }


def _service(stack: Stack, workload: Workload, namespace: str) -> Object:
    spec: Object = {"type": "ClusterIP"}
    if is_stateful(stack, workload):
        spec["clusterIP"] = Commented("None", "A StatefulSet names its pods by it.")
    spec["selector"] = identity(workload.name, stack.name)
    if workload.port is not None:
        spec["ports"] = [
            {"name": name, "port": port, "targetPort": name, "appProtocol": "http"}
            for name, port in workload_ports(workload)
        ]
    marks = labels(workload.name, stack.name)
    return declared("v1", "Service", workload.name, namespace, marks, spec)


def _runner(
    stack: Stack, workload: Workload, api_version: str, kind: str, namespace: str, spec: Object
) -> Object:
    marks = _labels(stack, workload)
    reasons = exceptions(_reasons(stack, workload))
    return declared(api_version, kind, workload.name, namespace, marks, spec, reasons)


def _labels(stack: Stack, workload: Workload) -> dict[str, str]:
    component = _COMPONENTS.get(workload.kind, workload.kind)
    version = stack.part(workload).plan.version
    return labels(workload.name, stack.name, component, version)


def _reasons(stack: Stack, workload: Workload) -> dict[str, str]:
    """Return the codes of checkov that are not kept by *workload*, with reasons."""
    found = dict(_OWN_IMAGE)
    if any("valueFrom" in it for it in secret_variables(stack, workload.name)):
        found["CKV_K8S_35"] = "the code takes it from the environment alone"
    if workload.writable_root:
        found["CKV_K8S_22"] = "it writes beside its code and cannot be told not to"
    if workload.kind != "job" and workload.port is None and not workload.probe:
        found["CKV_K8S_8"] = "nothing in it can be asked, and it is restarted when it ends"
        found["CKV_K8S_9"] = "nothing sends it requests"
    return found


def _template(stack: Stack, workload: Workload) -> Object:
    spec = workload_pod(stack, workload)
    if workload.kind == "job":
        spec["restartPolicy"] = "Never"
    return {"metadata": {"labels": _labels(stack, workload)}, "spec": spec}


def _strategy(workload: Workload) -> Data:
    if workload.kind == "scheduler":
        return Commented({"type": "Recreate"}, "Two of them would start everything twice.")
    if workload.resources.gpus:
        rolling = {"maxSurge": 0, "maxUnavailable": 1}
        return Commented(
            {"type": "RollingUpdate", "rollingUpdate": rolling},
            "The next pod needs the GPU that the last one has.",
        )
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
