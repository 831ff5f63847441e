"""The tree for Kubernetes as a whole: complete, valid, and without findings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from kubernetes_validate import utils as schemas  # type: ignore[import-untyped]
from tests.render.kubernetes_files import (
    PLANS,
    Object,
    documents,
    files_of,
    kustomization,
    listed,
    objects_of,
    references,
    template,
    the,
)
from tests.render.plans import api_plan, brokers_plan, stack_plan

from boxwright.plan.model import Plan
from boxwright.practices.check import check_tree
from boxwright.practices.selection import Selection
from boxwright.project.tree import MemoryTree
from boxwright.render.header import MARK
from boxwright.render.kubernetes import render_kubernetes
from boxwright.render.model import Surroundings

each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
CUSTOM = {"ExternalSecret", "PodMonitor", "ServiceMonitor"}
"""Kinds that operators bring."""


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> None:
    schemas.schema_contents = cache(schemas.schema_contents)


def test_the_stack_is_in_the_files_that_one_would_look_for() -> None:
    assert list(files_of(stack_plan())) == [
        "kubernetes/base/kustomization.yaml",
        "kubernetes/base/api.yaml",
        "kubernetes/base/worker.yaml",
        "kubernetes/base/scheduler.yaml",
        "kubernetes/base/train.yaml",
        "kubernetes/base/redis.yaml",
        "kubernetes/base/postgres.yaml",
        "kubernetes/base/volumes.yaml",
        "kubernetes/base/network.yaml",
        "kubernetes/overlays/dev/kustomization.yaml",
        "kubernetes/overlays/dev/namespace.yaml",
        "kubernetes/overlays/dev/notebook.yaml",
        "kubernetes/overlays/production/kustomization.yaml",
        "kubernetes/overlays/production/namespace.yaml",
        "kubernetes/overlays/production/scaling.yaml",
        "kubernetes/components/external-secrets/kustomization.yaml",
        "kubernetes/components/external-secrets/external-secret.yaml",
        "kubernetes/components/gpu-driver/kustomization.yaml",
        "kubernetes/components/ingress/kustomization.yaml",
        "kubernetes/components/ingress/ingress.yaml",
        "kubernetes/components/service-monitor/kustomization.yaml",
        "kubernetes/components/service-monitor/service-monitor.yaml",
        "kubernetes/components/vault/kustomization.yaml",
        "kubernetes/components/vault/network-policy.yaml",
    ]


def test_a_plan_that_runs_nothing_has_no_files() -> None:
    plan = replace(api_plan(), workloads=())

    assert render_kubernetes(plan, Surroundings()) == ()


@each_plan
def test_every_file_says_where_it_is_from_and_of_what_kind_it_is(plan: Callable[[], Plan]) -> None:
    files = render_kubernetes(plan(), Surroundings(version="1.0"))

    assert all(file.text.startswith(f"# {MARK} 1.0") for file in files)
    assert {file.kind for file in files} == {"kubernetes"}
    assert max(len(line) for file in files for line in file.text.splitlines() if "#" in line) < 110


@each_plan
@pytest.mark.parametrize("version", schemas.all_versions())
def test_every_version_of_kubernetes_takes_every_object(
    plan: Callable[[], Plan], version: str
) -> None:
    for item in objects_of(files_of(plan())):
        if item["kind"] not in CUSTOM:
            schemas.validate(item, version, strict=True)


@each_plan
def test_no_practice_finds_anything(plan: Callable[[], Plan]) -> None:
    tree = MemoryTree({path: text.encode() for path, text in files_of(plan()).items()})

    # Metrics are for those to say who have some.
    checked = check_tree(
        tree,
        today=date(2026, 11, 22),
        selection=Selection(select=["all"], ignore=["unmonitored-service"]),
    )

    found = [
        f"{path}: {finding.rule}: {finding.message}"
        for path, result in checked.items()
        for finding in result.findings
    ]
    assert found == []
    assert not any(result.failures for result in checked.values())


@each_plan
def test_names_can_be_those_of_hosts(plan: Callable[[], Plan]) -> None:
    label = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

    for item in objects_of(files_of(plan())):
        assert label.fullmatch(item["metadata"]["name"])
        assert label.fullmatch(item["metadata"].get("namespace", "none"))


@each_plan
def test_no_two_objects_of_an_environment_have_one_name(plan: Callable[[], Plan]) -> None:
    files = files_of(plan())

    for overlay in ("overlays/dev", "overlays/production"):
        keys = [
            (item["kind"], item["metadata"]["name"])
            for item in (*objects_of(files, "base"), *objects_of(files, overlay))
        ]
        assert len(keys) == len(set(keys))


@each_plan
def test_every_selector_selects_pods_and_the_right_ones(plan: Callable[[], Plan]) -> None:
    files = files_of(plan())
    pods = {
        item["metadata"]["name"]: found["metadata"]["labels"]
        for item in objects_of(files)
        if (found := template(item)) is not None
    }

    for item in objects_of(files):
        for selector in _selectors(item):
            picked = [name for name, labels in pods.items() if selector.items() <= labels.items()]
            assert picked == [item["metadata"]["name"].split("-from-")[0].removesuffix("-metrics")]


@each_plan
def test_what_is_referred_to_is_there(plan: Callable[[], Plan]) -> None:
    files = files_of(plan())

    for overlay in ("overlays/dev", "overlays/production"):
        there = {
            (item["kind"], item["metadata"]["name"])
            for item in (*objects_of(files, "base"), *objects_of(files, overlay))
        }
        # In development it is generated, in production made by hand or by a component.
        generated = kustomization(files, "overlays/dev").get("secretGenerator", [])
        there |= {("Secret", it["name"]) for it in generated}
        wanted = {*references(files, "base"), *references(files, overlay)}
        wanted |= set(references(files, "components"))
        assert wanted - there == set()


@each_plan
def test_kustomizations_name_all_files_and_no_others(plan: Callable[[], Plan]) -> None:
    files = files_of(plan())
    folders = {path.rpartition("/")[0].removeprefix("kubernetes/") for path in files}

    for folder in folders:
        beside = {
            path
            for path in files
            if path.startswith(f"kubernetes/{folder}/") and not path.endswith("kustomization.yaml")
        }
        named = set(listed(files, folder))
        assert {it for it in named if it.endswith(".yaml")} == beside
        assert {it for it in named if not it.endswith(".yaml")} <= {"kubernetes/base"}


@each_plan
def test_everything_has_a_namespace_that_is_not_the_default_one(plan: Callable[[], Plan]) -> None:
    files = files_of(plan())
    production = kustomization(files, "overlays/production")["namespace"]
    dev = kustomization(files, "overlays/dev")["namespace"]

    assert dev == f"{production}-dev"
    for path, text in files.items():
        if path.endswith("kustomization.yaml"):
            continue
        expected = dev if "overlays/dev" in path else production
        for item in documents(text):
            name = "name" if item["kind"] == "Namespace" else "namespace"
            assert item["metadata"][name] == expected


def test_names_and_tags_are_bent_to_what_is_allowed() -> None:
    files = files_of(brokers_plan())

    web = the(files, "Deployment", "web")

    assert web["metadata"]["namespace"] == "credit-risk-v2"
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "credit-risk-v2:0.0.0"
    assert "app.kubernetes.io/version" not in web["metadata"]["labels"]


def test_labels_tell_what_it_is_and_of_which_version() -> None:
    files = files_of(stack_plan())

    assert the(files, "Deployment", "api")["metadata"]["labels"] == {
        "app.kubernetes.io/name": "api",
        "app.kubernetes.io/part-of": "reference-stack",
        "app.kubernetes.io/component": "service",
        "app.kubernetes.io/version": "1.0.0",
    }
    assert the(files, "StatefulSet", "redis")["metadata"]["labels"] == {
        "app.kubernetes.io/name": "redis",
        "app.kubernetes.io/part-of": "reference-stack",
        "app.kubernetes.io/component": "redis",
        "app.kubernetes.io/version": "8.2.3",
    }
    for overlay in ("overlays/dev", "overlays/production"):
        assert kustomization(files, overlay)["labels"] == [
            {"pairs": {"app.kubernetes.io/managed-by": "kustomize"}, "includeSelectors": False}
        ]


def test_a_version_is_in_no_selector_and_in_no_claim_which_cannot_change() -> None:
    for item in objects_of(files_of(stack_plan())):
        unchanging = [*_selectors(item), *item.get("spec", {}).get("volumeClaimTemplates", [])]
        assert "app.kubernetes.io/version" not in str(unchanging)


def test_what_checkov_is_told_to_leave_is_little_and_has_a_reason() -> None:
    found: dict[str, set[str]] = {}
    for item in objects_of(files_of(brokers_plan())):
        for value in item["metadata"].get("annotations", {}).values():
            code, reason = value.split("=")
            assert len(reason) > 10
            found.setdefault(item["metadata"]["name"], set()).add(code)

    own = {"CKV_K8S_15", "CKV_K8S_43"}
    assert found == {
        "consumer": own | {"CKV_K8S_22", "CKV_K8S_35", "CKV_K8S_8", "CKV_K8S_9"},
        "kafka": {"CKV_K8S_22", "CKV_K8S_40"},
        "notebook": own,
        "rabbitmq": {"CKV_K8S_35", "CKV_K8S_40"},
        "train": own,
        "web": own | {"CKV_K8S_35"},
    }


def _selectors(item: Object) -> list[dict[str, str]]:
    spec = item.get("spec", {})
    match item["kind"]:
        case "Deployment" | "StatefulSet" | "PodDisruptionBudget" | "ServiceMonitor" | "PodMonitor":
            return [spec["selector"]["matchLabels"]]
        case "Service":
            return [spec["selector"]]
        case "NetworkPolicy" if "matchLabels" in spec["podSelector"]:
            return [spec["podSelector"]["matchLabels"]]
        case _:
            return []
