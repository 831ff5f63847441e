from __future__ import annotations

from tests.practices.rules.pods import compose, pod

from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import all_containers_of, containers_of, place_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.text.source import Source


def test_a_service_and_a_container_of_a_pod_are_seen_alike() -> None:
    command = "command: [python, train.py]\n"
    service = ComposeFile.of("compose.yaml", Source("compose.yaml", compose(command)))
    pods = KubernetesFile.of("pod.yaml", Source("pod.yaml", pod(command)))

    found = [*containers_of(service), *containers_of(pods)]

    assert [(it.name, it.kind, it.computes) for it in found] == [
        ("api", "training", "it trains")
    ] * 2
    assert [it.place for it in found] == ["services.api", "spec.containers.0"]


def test_patches_and_windows_are_left_out() -> None:
    override = "services:\n  api:\n    environment: {A: b}\n"
    compose_file = ComposeFile.of("compose.yaml", Source("compose.yaml", override))
    windows = pod(spec="nodeSelector: {kubernetes.io/os: windows}\n")

    assert containers_of(compose_file) == ()
    assert [it.name for it in all_containers_of(compose_file)] == ["api"]
    assert containers_of(KubernetesFile.of("pod.yaml", Source("pod.yaml", windows))) == ()


def test_places_begin_anew_in_each_document() -> None:
    text = pod() + "---\n" + pod(spec="  - {name: b, image: b:1}\n")
    file = KubernetesFile.of("pod.yaml", Source("pod.yaml", text))

    assert [it.place for it in containers_of(file)] == [
        "spec.containers.0",
        "spec.containers.0",
        "spec.containers.1",
    ]
    assert place_of(file, file.pods[1].node) == "spec"


def test_what_starts_a_container_says_what_it_is() -> None:
    def kind(lines: str, image: str) -> tuple[str, bool]:
        file = ComposeFile.of("compose.yaml", Source("compose.yaml", compose(lines, image=image)))
        (container,) = containers_of(file)
        return container.kind, container.is_infrastructure

    assert kind("", "postgres:17.6") == ("service", True)
    assert kind("", "vllm/vllm-openai:v0.11.0") == ("service", False)
    assert kind("", "acme/api:1") == ("unknown", False)
    assert kind("command: uvicorn app:app\n", "acme/api:1") == ("service", False)
