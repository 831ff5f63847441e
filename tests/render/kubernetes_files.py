"""What is rendered for Kubernetes, read back."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

import yaml
from tests.render.plans import (
    api_plan,
    brokers_plan,
    gpu_plan,
    monitored_plan,
    stack_plan,
    url_plan,
)

from boxwright.plan.model import Plan
from boxwright.render.kubernetes import render_kubernetes
from boxwright.render.model import GeneratedFile, Surroundings

PLANS = {
    "api": api_plan,
    "brokers": brokers_plan,
    "gpu": gpu_plan,
    "monitored": monitored_plan,
    "stack": stack_plan,
    "url": url_plan,
}

Object = dict[str, Any]


def files_of(plan: Plan, **more: Any) -> dict[str, str]:  # noqa: ANN401 (of `Surroundings`)
    """Return the texts of all files by their paths, the companions' images with digests."""
    digests = {it.image: f"sha256:{'0' * 64}" for it in plan.companions}
    found: tuple[GeneratedFile, ...] = render_kubernetes(
        plan, Surroundings(version="1.0", digests=digests, **more)
    )
    return {file.path: file.text for file in found}


def documents(text: str) -> list[Object]:
    return list(yaml.safe_load_all(text))


def objects_of(files: dict[str, str], folder: str = "") -> list[Object]:
    """Return the objects below *folder*, without what kustomize alone reads."""
    return [
        document
        for path, text in files.items()
        if path.startswith(f"kubernetes/{folder}") and not path.endswith("kustomization.yaml")
        for document in documents(text)
    ]


def the(files: dict[str, str], kind: str, name: str) -> Object:
    """Return the one object of *kind* and *name*."""
    (found,) = (
        it for it in objects_of(files) if it["kind"] == kind and it["metadata"]["name"] == name
    )
    return found


def kustomization(files: dict[str, str], folder: str) -> Object:
    (found,) = documents(files[f"kubernetes/{folder}/kustomization.yaml"])
    return found


def template(item: Object) -> Object | None:
    """Return the template of the pods of *item*; None where it runs none."""
    match item["kind"]:
        case "Deployment" | "StatefulSet":
            found = item["spec"]["template"]
        case "CronJob":
            found = item["spec"]["jobTemplate"]["spec"]["template"]
        case _:
            return None
    assert isinstance(found, dict)
    return found


def pod(files: dict[str, str], kind: str, name: str) -> Object:
    found = template(the(files, kind, name))
    assert found is not None
    spec = found["spec"]
    assert isinstance(spec, dict)
    return spec


def container(files: dict[str, str], kind: str, name: str) -> Object:
    (found,) = pod(files, kind, name)["containers"]
    assert isinstance(found, dict)
    return found


def env(item: Object) -> dict[str, Any]:
    """Return the variables of a container, those from elsewhere as where they are from."""
    return {it["name"]: it.get("value", it.get("valueFrom")) for it in item.get("env", [])}


def references(files: dict[str, str], folder: str) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each object that one below *folder* refers to."""
    for item in objects_of(files, folder):
        spec = item.get("spec", {})
        if item["kind"] == "HorizontalPodAutoscaler":
            yield spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]
        if item["kind"] == "StatefulSet":
            yield "Service", spec["serviceName"]
        if item["kind"] == "Ingress":
            for rule in spec["rules"]:
                for path in rule["http"]["paths"]:
                    yield "Service", path["backend"]["service"]["name"]
        found = template(item)
        if found is None:
            continue
        yield "ServiceAccount", found["spec"]["serviceAccountName"]
        for volume in found["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
            for source in volume.get("projected", {}).get("sources", []):
                yield "Secret", source["secret"]["name"]
        for variable in found["spec"]["containers"][0].get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                yield "Secret", reference["name"]


def listed(files: dict[str, str], folder: str) -> Iterator[str]:
    """Yield the paths that the kustomization of *folder* names."""
    found = kustomization(files, folder)
    for name in (*found.get("resources", []), *found.get("components", [])):
        yield posixpath.normpath(posixpath.join("kubernetes", folder, name))
