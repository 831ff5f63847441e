"""Files of Kubernetes objects as rules see them."""

from __future__ import annotations

from boxwright.practices.kubernetes_file import KubernetesFile, KubernetesObjects
from boxwright.syntax.yaml.kubernetes import parse_kubernetes
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.source import Source

DEPLOYMENT = Source(
    "deployment.yaml",
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: api, namespace: ml}\n"
    "spec:\n"
    "  template:\n"
    "    metadata: {labels: {app: api}}\n"
    "    spec:\n"
    "      containers: [{name: c, image: i}]\n"
    "      volumes:\n"
    "      - {name: models, persistentVolumeClaim: {claimName: models}}\n"
    "      - {name: other, emptyDir: {}}\n",
)
AROUND = Source(
    "around.yaml",
    "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: no, namespace: x}\n"
    "spec: {selector: {app: api}}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {selector: {app: b}}\n---\n"
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\n"
    "spec: {podSelector: {matchLabels: {}}}\n---\n"
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
    "spec: {scaleTargetRef: {kind: Deployment, name: api}}\n---\n"
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: models, namespace: ml}\n",
)


def file() -> KubernetesFile:
    run = KubernetesObjects([*parse_kubernetes(DEPLOYMENT), *parse_kubernetes(AROUND)])
    parsed = parse_yaml(DEPLOYMENT)
    return KubernetesFile("deployment.yaml", DEPLOYMENT, parsed, all_objects=run)


def test_a_file_has_its_workloads_and_their_containers() -> None:
    found = file()

    assert [it.name for it in found.workloads] == ["api"]
    assert [it.name for it in found.containers] == ["c"]
    assert found.build(found.containers[0]) is None
    assert len(found.all_objects) == 7


def test_objects_of_other_files_pick_its_pods() -> None:
    found = file()
    pod = found.pods[0]

    assert [it.name for it in found.selecting("Service", pod)] == ["api"]
    assert [it.name for it in found.selecting("NetworkPolicy", pod)] == ["all"]
    assert [it.name for it in found.scalers(found.workloads[0])] == ["h"]


def test_claims_are_found_by_the_volume() -> None:
    found = file()
    pod = found.pods[0]

    claim = found.claim(pod, "models")

    assert claim is not None
    assert (claim.name, claim.source.name) == ("models", "around.yaml")
    assert found.claim(pod, "other") is None
    assert found.claim(pod, "none") is None


def test_objects_are_found_by_kind_name_and_namespace() -> None:
    found = file().all_objects

    assert [it.name for it in found.of("Service", "Deployment")] == ["api", "no", "other", "api"]
    assert found.find("Deployment", "api", "ml") is found.find("Deployment", "api")
    assert found.find("Deployment", "api", "x") is None
    assert found.find("Service", "api", "x") is not None
    assert len(list(found)) == 7


def test_a_file_by_itself_is_the_whole_run() -> None:
    found = KubernetesFile.of("deployment.yaml", DEPLOYMENT)

    assert [it.kind for it in found.all_objects] == ["Deployment"]


def test_services_have_the_pods_that_they_pick() -> None:
    found = file().all_objects
    picked = [
        [pod.owner.name for pod in found.selected_by(service)] for service in found.of("Service")
    ]

    assert picked == [["api"], [], []]


def test_the_server_of_a_container_is_known_by_its_command_or_image() -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        "  - {name: a, image: 'vllm/vllm-openai:v0.6.4'}\n"
        "  - {name: b, image: 'vllm/vllm-openai:v0.6.4', args: [--model, m, --port, '9000']}\n"
        "  - {name: c, image: x, command: [uvicorn, 'app:app', --port=80]}\n"
        "  - {name: d, image: 'vllm/vllm-openai:v0.6.4', command: [sleep, infinity]}\n"
        "  - {name: e, image: x}\n"
    )
    found = KubernetesFile.of("a.yaml", Source("a.yaml", text))

    serving = [found.serving(container) for container in found.containers]

    assert [(it.server.name, it.port) if it else None for it in serving] == [
        ("vllm", 8000),
        ("vllm", 9000),
        ("uvicorn", 80),
        None,
        None,
    ]


def test_patches_are_not_whole() -> None:
    whole = DEPLOYMENT.text.replace("spec:\n", "spec:\n  selector: {matchLabels: {app: api}}\n", 1)
    without_image = whole.replace(", image: i", "")
    for_windows = whole.replace("    spec:\n", "    spec:\n      os: {name: windows}\n")

    assert [
        len(KubernetesFile.of("a.yaml", Source("a.yaml", text)).whole_pods)
        for text in (whole, DEPLOYMENT.text, without_image, for_windows)
    ] == [1, 0, 0, 0]
