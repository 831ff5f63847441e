"""Kubernetes objects, their pods and containers."""

from __future__ import annotations

import pytest

from boxwright.syntax.yaml.kubernetes import (
    ContainerSpec,
    KubernetesObject,
    is_helm_template,
    is_kustomization,
    parse_kubernetes,
    selects,
)
from boxwright.syntax.yaml.node import Mapping
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.source import Source


def objects(text: str) -> tuple[KubernetesObject, ...]:
    return parse_kubernetes(Source("app.yaml", text))


def container(text: str, *, pod: str = "") -> ContainerSpec:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return objects(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{pod}  containers:\n"
        f"  - name: c\n{lines}"
    )[0].containers[0]


TEMPLATE = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}"


@pytest.mark.parametrize(
    ("api", "kind", "spec"),
    [
        ("apps/v1", "Deployment", TEMPLATE),
        ("apps/v1", "StatefulSet", TEMPLATE),
        ("apps/v1", "DaemonSet", TEMPLATE),
        ("apps/v1", "ReplicaSet", TEMPLATE),
        ("batch/v1", "Job", TEMPLATE),
        ("batch/v1", "CronJob", f"jobTemplate: {{spec: {{{TEMPLATE}}}}}"),
        ("serving.knative.dev/v1", "Service", TEMPLATE),
        ("kubeflow.org/v1", "PyTorchJob", f"pytorchReplicaSpecs: {{Worker: {{{TEMPLATE}}}}}"),
        ("ray.io/v1", "RayCluster", f"headGroupSpec: {{{TEMPLATE}}}"),
        ("ray.io/v1", "RayService", f"rayClusterConfig: {{workerGroupSpecs: [{{{TEMPLATE}}}]}}"),
    ],
)
def test_pods_are_found_in_every_workload(api: str, kind: str, spec: str) -> None:
    found = objects(f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n")[
        0
    ]

    assert [(it.name, it.image) for it in found.containers] == [("c", "i")]
    assert found.pods[0].labels == {"app": "a"}
    assert found.pod_spec is found.pods[0].node


def test_a_model_server_of_kserve_has_a_container() -> None:
    text = (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\n"
        "spec:\n  predictor:\n    model:\n      modelFormat: {name: sklearn}\n"
        "      resources: {limits: {nvidia.com/gpu: 1}}\n"
        "  transformer:\n    containers:\n    - {name: t, image: i}\n"
    )

    found = objects(text)[0].containers

    assert [(it.name, it.gpu_resources) for it in found] == [
        ("kserve-container", ("nvidia.com/gpu",)),
        ("t", ()),
    ]


@pytest.mark.parametrize("kind", ["ConfigMap", "Service", "CustomResourceDefinition", "Ingress"])
def test_other_objects_have_no_pods(kind: str) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nspec: {{containers: [{{name: c, image: i}}]}}\n"

    assert objects(text)[0].pods == ()


def test_lists_are_taken_apart() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n, labels: {x: y}}}\n"
        "- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n"
        "---\n# nothing\n---\nkind: NoObject\n---\napiVersion: apps/v1\nkind: Deployment\n"
    )

    found = objects(text)

    assert [(it.kind, it.name, it.namespace, it.labels) for it in found] == [
        ("Pod", "a", "n", {"x": "y"}),
        ("Secret", "b", "", {}),
        ("Deployment", "", "", {}),
    ]
    assert text[slice(*found[0].span)] == "a"
    assert text[slice(*found[2].span)] == "Deployment"


def test_containers_run_in_an_order() -> None:
    pod = objects(
        "apiVersion: v1\nkind: Pod\nspec:\n"
        "  containers: [{name: main}]\n"
        "  initContainers: [{name: once}, {name: side, restartPolicy: Always}]\n"
        "  ephemeralContainers: [{name: debug}]\n"
    )[0]

    assert [(it.name, it.is_init, it.is_sidecar) for it in pod.containers] == [
        ("once", True, False),
        ("side", False, True),
        ("main", False, False),
        ("debug", False, False),
    ]


def test_the_security_context_of_the_pod_counts_where_the_container_says_nothing() -> None:
    found = container(
        "securityContext:\n  runAsUser: 1000\n  privileged: false\n"
        "  seccompProfile: {localhostProfile: x}",
        pod="  securityContext:\n    runAsUser: 0\n    runAsNonRoot: true\n    privileged: true\n"
        "    seccompProfile: {type: RuntimeDefault}\n",
    )

    assert [found.security_flag(key) for key in ("runAsNonRoot", "privileged")] == [True, False]
    assert found.security("runAsUser").raw == "1000"  # type: ignore[union-attr]
    assert found.security("seccompProfile", "type") is None
    assert found.security("readOnlyRootFilesystem") is None
    bare = container("image: x", pod="  securityContext: {privileged: true, runAsGroup: 5}\n")
    assert bare.security("privileged") is None
    assert bare.security("runAsGroup").raw == "5"  # type: ignore[union-attr]


def test_resources_are_asked_for_and_limited() -> None:
    found = container(
        "resources:\n  requests: {cpu: 500m, amd.com/gpu: 1}\n  limits: {memory: 4Gi, cpu: x}"
    )

    def shown(name: str) -> list[object]:
        pair = (found.request(name), found.limit(name))
        return [None if it is None else (it.text, it.value) for it in pair]

    assert shown("cpu") == [("500m", 0.5), ("x", None)]
    assert shown("memory") == [("4Gi", 4 * 2.0**30), ("4Gi", 4 * 2.0**30)]
    assert found.own_request("memory") is None
    assert found.gpu_resources == ("amd.com/gpu",)
    assert found.requests_gpu


def test_a_container_has_variables_ports_mounts_and_probes() -> None:
    found = container(
        "env:\n- {name: A, value: '1'}\n- {name: B, valueFrom: {secretKeyRef: {name: s}}}\n"
        "ports: [{containerPort: 8000, name: http}]\n"
        "volumeMounts: [{name: v, mountPath: /m, readOnly: true, subPath: s}]\n"
        "livenessProbe: {httpGet: {path: /}}"
    )

    assert [(it.name, it.value, it.value_from is None) for it in found.environment] == [
        ("A", "1", True),
        ("B", None, False),
    ]
    assert [port[:2] for port in found.ports] == [(8000, "http")]
    assert [it[:4] for it in found.volume_mounts] == [("v", "/m", True, "s")]
    assert found.liveness_probe is not None
    assert (found.readiness_probe, found.startup_probe) == (None, None)


def test_command_and_args_start_something() -> None:
    found = container("command: [sh, -c]\nargs:\n- |\n  exec python -m 'a b'")

    assert [command.program for command in found.start] == ["sh", "python"]
    assert found.words == ("sh", "-c", "exec python -m 'a b'\n")


def test_a_pod_has_volumes_by_name() -> None:
    pod = objects(
        "apiVersion: apps/v1\nkind: StatefulSet\nspec:\n"
        "  volumeClaimTemplates: [{metadata: {name: data}}]\n"
        "  template:\n    spec:\n      serviceAccountName: sa\n      volumes:\n"
        "      - {name: shm, emptyDir: {medium: Memory}}\n"
        "      - {name: models, persistentVolumeClaim: {claimName: pvc}}\n"
        "      - {name: none}\n      - 1\n"
    )[0].pods[0]

    assert {name: (it.type, it.claim) for name, it in pod.volumes.items()} == {
        "shm": ("emptyDir", None),
        "models": ("persistentVolumeClaim", "pvc"),
        "none": ("", None),
        "data": ("volumeClaimTemplate", None),
    }
    assert pod.service_account == "sa"


@pytest.mark.parametrize(
    ("selector", "is_picked"),
    [
        ("{app: a}", True),
        ("{app: b}", False),
        ("{}", False),
        ("{matchLabels: {}}", True),
        ("{matchLabels: {app: a, tier: x}}", True),
        ("{matchLabels: {app: a, tier: y}}", False),
        ("{matchExpressions: [{key: app, operator: In, values: [a, b]}]}", True),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}", False),
        ("{matchExpressions: [{key: z, operator: NotIn, values: [a]}]}", True),
        ("{matchExpressions: [{key: app, operator: Exists}]}", True),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", False),
        ("{matchExpressions: [{key: app, operator: Near}, 1]}", False),
        ("x", False),
    ],
)
def test_a_selector_picks_by_labels(selector: str, is_picked: bool) -> None:
    root = parse_yaml(Source("x", f"s: {selector}")).root
    assert isinstance(root, Mapping)

    assert selects(root.get("s"), {"app": "a", "tier": "x"}) is is_picked


@pytest.mark.parametrize(
    ("text", "is_template"),
    [
        ("a: {{ .Values.x }}\n", True),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\n", True),
        ("a: x-{{ .Release.Name }}\n", True),
        ('a: "{{ .Values.x }}"\n', True),
        ("a: x-{{ template }}\n", True),
        ("a:\n  {{ toYaml . | nindent 2 }}\n", True),
        ("a: 1\n", False),
        ('a: "{{ $labels.instance }}"\n', False),
        ("a: |\n  {{ $value }}\n", False),
        ("a: 1 # {{ x }}\n", False),
    ],
)
def test_templates_of_helm_are_told_apart(text: str, is_template: bool) -> None:
    assert is_helm_template(text) is is_template


def test_what_lies_in_the_templates_of_a_chart_is_one() -> None:
    paths = {"chart/Chart.yaml", "chart/templates/a/b.yaml"}

    assert is_helm_template("a: 1\n", "chart/templates/a/b.yaml", paths)
    assert not is_helm_template("a: 1\n", "other/templates/b.yaml", paths)


def test_kustomizations_are_told_apart() -> None:
    root = parse_yaml(Source("x", "apiVersion: kustomize.config.k8s.io/v1beta1\n")).root

    assert is_kustomization(root)
    assert is_kustomization(None, "base/kustomization.yml")
    assert not is_kustomization(parse_yaml(Source("x", "apiVersion: v1\n")).root, "a.yaml")


@pytest.mark.parametrize(
    "text",
    ["", "[", "1", "apiVersion: v1\nkind: Pod\n", "apiVersion: v1\nkind: Pod\nspec: []\n",
     "apiVersion: v1\nkind: Pod\nspec: {containers: [1, {}, {env: x, ports: 1, resources: []}]}\n",
     "apiVersion: x/v1\nkind: Odd\nspec: &a {containers: [{name: x}], b: *a}\n",
     "apiVersion: v1\nkind: List\nitems: &a [{kind: List, apiVersion: v1, items: *a}]\n"],
)  # fmt: skip
def test_a_file_that_makes_no_sense_says_nothing(text: str) -> None:
    for found in objects(text):
        for it in found.containers:
            assert (it.environment, it.ports, it.start) == ((), (), ())
            assert it.limit("cpu") is None
