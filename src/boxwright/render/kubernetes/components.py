"""Options that an overlay switches on: Kustomize components."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.plan.model import Secret, Workload
from boxwright.render.kubernetes.companions import companion_kind
from boxwright.render.kubernetes.names import (
    NAMESPACE_NAME,
    Object,
    declared,
    identity,
    labels,
)
from boxwright.render.kubernetes.pod import volume_name, workload_ports
from boxwright.render.kubernetes.secrets import FOLDER, VOLUME, secret_files
from boxwright.render.kubernetes.stack import Stack, numeric_user
from boxwright.render.kubernetes.text import kustomization, yaml_file
from boxwright.render.kubernetes.workloads import kind_of
from boxwright.render.model import GeneratedFile
from boxwright.syntax.yaml.written import Data, Literal, written

_VAULT = "vault.hashicorp.com"
_VAULT_TOKEN = "vault-token"  # noqa: S105 (the name of a volume)


def component_files(stack: Stack) -> Iterator[GeneratedFile]:
    """Yield the files of all components that can be of use to *stack*."""
    for name, files in (
        ("external-secrets", _external_secrets(stack)),
        ("gpu-driver", _gpu_driver(stack)),
        ("image-volume", _image_volume(stack)),
        ("ingress", _ingress(stack)),
        ("service-monitor", _service_monitor(stack)),
        ("vault", _vault(stack)),
    ):
        for path, documents, about in files:
            yield yaml_file(stack.around, f"components/{name}/{path}", documents, *about)


def component_names(stack: Stack) -> tuple[str, ...]:
    """Return the names of the components of *stack*."""
    found = [it.path.split("/")[2] for it in component_files(stack)]
    return tuple(dict.fromkeys(found))


_Files = Iterator[tuple[str, list[Data], tuple[str, ...]]]


def _external_secrets(stack: Stack) -> _Files:
    keys = stack.keys(stack.workloads)
    if not keys:
        return
    spec: Object = {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "cluster-secrets"},
        "target": {"name": stack.secret_name, "creationPolicy": "Owner"},
        "data": [{"secretKey": key, "remoteRef": {"key": f"{stack.name}/{key}"}} for key in keys],
    }
    secret: Object = declared(
        "external-secrets.io/v1",
        "ExternalSecret",
        stack.secret_name,
        stack.name,
        labels(stack.secret_name, stack.name),
        spec,
    )
    yield _component(
        {"resources": ["external-secret.yaml"]},
        f"The Secret `{stack.secret_name}` out of a store, by External Secrets.",
    )
    yield (
        "external-secret.yaml",
        [secret],
        ("Name your store, and the keys that it has the secrets under.",),
    )


def _gpu_driver(stack: Stack) -> _Files:
    gpu = stack.plan.gpu
    driver = (gpu.driver if gpu is not None else "").partition(".")[0]
    with_gpu = [it for it in stack.workloads if it.resources.gpus]
    if gpu is None or not driver.isdecimal() or not with_gpu:
        return
    term = {
        "key": "nvidia.com/cuda.driver-version.major",
        "operator": "Gt",
        "values": [str(int(driver) - 1)],
    }
    affinity: Object = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [term]}]
            }
        }
    }
    cuda = f"CUDA {gpu.cuda}" if gpu.cuda else "CUDA"
    patches = [_patch(stack, it, {"affinity": affinity}) for it in with_gpu]
    yield _component(
        {"patches": patches},
        f"Only nodes whose driver runs {cuda}: {gpu.driver} or newer.",
        "The labels are set by NVIDIA's GPU feature discovery; without it the pods stay pending.",
    )


def _image_volume(stack: Stack) -> _Files:
    readers = [
        (workload, mount)
        for workload in stack.workloads
        for mount in workload.mounts
        if mount.read_only and stack.volume(mount).kind == "models"
    ]
    if not readers:
        return
    patches: list[Data] = []
    for workload, mount in readers:
        name = volume_name(mount.volume)
        reference = f"{stack.name}-{name}:{stack.tag(workload)}"
        volume: Object = {
            "name": name,
            "persistentVolumeClaim": None,
            "image": {"reference": reference, "pullPolicy": "IfNotPresent"},
        }
        patches.append(_patch(stack, workload, {"volumes": [volume]}))
    written_too = {
        mount.volume
        for workload in stack.plan.workloads
        for mount in workload.mounts
        if (workload, mount) not in readers
    }
    patches += [
        _patched("PersistentVolumeClaim", volume_name(name), {"$patch": "delete"})
        for name in sorted({mount.volume for _, mount in readers} - written_too)
    ]
    yield _component(
        {"patches": patches},
        "The models out of an OCI image or artifact in place of a volume that somebody fills.",
        "Kubernetes has image volumes from 1.33 on, and by default from 1.35 on.",
        "Write the registry and the digest of the models into `reference`.",
    )


def _ingress(stack: Stack) -> _Files:
    services = [it for it in stack.workloads if it.kind == "service" and it.port is not None]
    if not services:
        return
    documents: list[Data] = []
    for workload in services:
        host = f"{workload.name}.example.com"
        backend = {"service": {"name": workload.name, "port": {"name": "http"}}}
        documents.append(
            declared(
                "networking.k8s.io/v1",
                "Ingress",
                workload.name,
                stack.name,
                labels(workload.name, stack.name),
                {
                    "tls": [{"hosts": [host], "secretName": f"{workload.name}-tls"}],
                    "rules": [
                        {
                            "host": host,
                            "http": {
                                "paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]
                            },
                        }
                    ],
                },
            )
        )
    yield _component(
        {"resources": ["ingress.yaml"]}, "The way in from outside, by an Ingress with TLS."
    )
    yield (
        "ingress.yaml",
        documents,
        ("Write your host name over example.com; the Secret with its certificate has to exist.",),
    )


def _service_monitor(stack: Stack) -> _Files:
    watched = [it for it in stack.workloads if it.metrics and workload_ports(it)]
    if not watched:
        return
    documents: list[Data] = []
    for workload in watched:
        documents += [_monitor(stack, workload), _metrics_policy(stack, workload)]
    yield _component(
        {"resources": ["service-monitor.yaml"]}, "Metrics for the Prometheus operator."
    )
    yield (
        "service-monitor.yaml",
        documents,
        ("Prometheus may ask from the namespace `monitoring`: put the name of yours there.",),
    )


def _monitor(stack: Stack, workload: Workload) -> Object:
    has_service = workload.port is not None
    endpoint = {"port": _metrics_port(workload), "path": workload.metrics, "interval": "30s"}
    return declared(
        "monitoring.coreos.com/v1",
        "ServiceMonitor" if has_service else "PodMonitor",
        workload.name,
        stack.name,
        labels(workload.name, stack.name),
        {
            "selector": {"matchLabels": identity(workload.name, stack.name)},
            "endpoints" if has_service else "podMetricsEndpoints": [endpoint],
        },
    )


def _metrics_policy(stack: Stack, workload: Workload) -> Object:
    peer = {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "monitoring"}}}
    ports = [{"protocol": "TCP", "port": _metrics_port(workload)}]
    return declared(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        f"{workload.name}-metrics",
        stack.name,
        labels(workload.name, stack.name),
        {
            "podSelector": {"matchLabels": identity(workload.name, stack.name)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [peer], "ports": ports}],
        },
    )


def _metrics_port(workload: Workload) -> str:
    return workload_ports(workload)[-1][0]


def _vault(stack: Stack) -> _Files:
    readers = [
        (kind_of(stack, it), it.name, stack.user(it), secret_files(stack, it.name))
        for it in stack.workloads
        if secret_files(stack, it.name)
    ]
    readers += [
        (companion_kind(stack, it), it.name, numeric_user(it.user), found)
        for it in stack.companions
        if (found := secret_files(stack, it.name))
    ]
    if not readers:
        return
    patches = [_vault_patch(stack, *reader) for reader in readers]
    policy: Object = declared(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "allow-vault",
        stack.name,
        labels("allow-vault", stack.name),
        {
            "podSelector": {
                "matchExpressions": [
                    {
                        "key": "app.kubernetes.io/name",
                        "operator": "In",
                        "values": [name for _, name, _, _ in readers],
                    }
                ]
            },
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "vault"}}}],
                    "ports": [{"protocol": "TCP", "port": 8200}],
                }
            ],
        },
    )
    yield _component(
        {"resources": ["network-policy.yaml"], "patches": patches},
        f"The files in {FOLDER} written by the Vault agent, in place of the Secret.",
        f"Vault needs a role `{stack.name}` for the service accounts of these pods; the agent alone",
        "gets their token. What the code takes from the environment still comes from the Secret.",
    )
    yield ("network-policy.yaml", [policy], ("The agents may reach Vault in its namespace.",))


def _vault_patch(
    stack: Stack, kind: str, name: str, user: tuple[int, int], secrets: tuple[Secret, ...]
) -> Object:
    annotations: dict[str, Data] = {
        f"{_VAULT}/agent-inject": "true",
        f"{_VAULT}/agent-run-as-user": str(user[0]),
        f"{_VAULT}/agent-run-as-group": str(user[1]),
        f"{_VAULT}/agent-service-account-token-volume-name": _VAULT_TOKEN,
        f"{_VAULT}/role": stack.name,
        f"{_VAULT}/secret-volume-path": FOLDER,
    }
    if kind == "CronJob":
        # An agent that stays would keep the Job from ending.
        annotations[f"{_VAULT}/agent-pre-populate-only"] = "true"
    for secret in secrets:
        path = f"secret/data/{stack.name}"
        annotations[f"{_VAULT}/agent-inject-secret-{secret.name}"] = path
        annotations[f"{_VAULT}/agent-inject-template-{secret.name}"] = (
            f'{{{{ with secret "{path}" }}}}{{{{ index .Data.data "{secret.name}" }}}}{{{{ end }}}}'
        )
    spec: Object = {
        "containers": [{"name": name, "volumeMounts": [{"mountPath": FOLDER, "$patch": "delete"}]}],
        "volumes": [
            {"name": VOLUME, "$patch": "delete"},
            {
                "name": _VAULT_TOKEN,
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token", "expirationSeconds": 7200}}
                    ]
                },
            },
        ],
    }
    return _patched_pods(kind, name, {"metadata": {"annotations": annotations}, "spec": spec})


def _patch(stack: Stack, workload: Workload, spec: Object) -> Object:
    return _patched_pods(kind_of(stack, workload), workload.name, {"spec": spec})


def _patched_pods(kind: str, name: str, template: Object) -> Object:
    """Return the patch that merges *template* into the pods of the object *name*."""
    spec: Object = {"template": template}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return _patched(kind, name, {"spec": spec})


def _patched(kind: str, name: str, body: Object) -> Object:
    # By a target, which finds the object in whatever namespace the overlay has put it.
    version = {"CronJob": "batch/v1", "PersistentVolumeClaim": "v1"}.get(kind, "apps/v1")
    patch: Object = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **body}
    return {"target": {"kind": kind, "name": name}, "patch": Literal(written(patch) + "\n")}


def _component(spec: Object, *about: str) -> tuple[str, list[Data], tuple[str, ...]]:
    return "kustomization.yaml", [kustomization(spec, kind="Component")], about
