"""The environments: what development and production have of their own."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.plan.model import CompanionPlan, Workload
from boxwright.render.kubernetes.claims import claim
from boxwright.render.kubernetes.components import component_names
from boxwright.render.kubernetes.names import MANAGED_BY, Object
from boxwright.render.kubernetes.namespace import namespace_objects
from boxwright.render.kubernetes.network import policies_for_notebook
from boxwright.render.kubernetes.scaling import is_scaled, scaling_objects
from boxwright.render.kubernetes.stack import Stack
from boxwright.render.kubernetes.text import FOLDER, kustomization, yaml_file
from boxwright.render.kubernetes.workloads import kind_of, workload_objects
from boxwright.render.model import GeneratedFile
from boxwright.syntax.yaml.written import Commented, Data, Literal, written

DEV_SECRETS = "secrets.env"
"""Beside the kustomization of the overlay for development; never committed."""
_BASE = "../../base"
_NAMESPACE = "namespace.yaml"
_SCALING = "scaling.yaml"


def overlay_files(stack: Stack) -> Iterator[GeneratedFile]:
    """Yield the files of both overlays."""
    yield from _dev(stack)
    yield from _production(stack)


def _dev(stack: Stack) -> Iterator[GeneratedFile]:
    folder, namespace = "overlays/dev", stack.dev_namespace
    resources = [_BASE, _NAMESPACE]
    resources += [f"{notebook.name}.yaml" for notebook in stack.notebooks]
    claims = _dev_claims(stack, namespace)
    if claims:
        resources.append("volumes.yaml")
    spec = _environment(namespace, resources)
    keys = stack.keys(stack.plan.workloads)
    if keys:
        spec["secretGenerator"] = Commented(
            [{"name": stack.secret_name, "envs": [DEV_SECRETS]}],
            f"Lines `name=value`, for: {', '.join(keys)}."
            "\n`boxwright init` makes up what it can; neither Git nor the image gets the file.",
        )
    patches = list(_dev_patches(stack))
    if patches:
        spec["patches"] = patches
    yield yaml_file(
        stack.around,
        f"{folder}/kustomization.yaml",
        [kustomization(spec)],
        f"Development: kubectl apply --kustomize {FOLDER}/{folder}",
        *_image_lines(stack),
    )
    yield yaml_file(
        stack.around,
        f"{folder}/{_NAMESPACE}",
        namespace_objects(stack, namespace, is_dev=True),
    )
    for notebook in stack.notebooks:
        yield yaml_file(
            stack.around,
            f"{folder}/{notebook.name}.yaml",
            [
                *workload_objects(stack, notebook, namespace),
                *policies_for_notebook(stack, notebook, namespace),
            ],
            "For development only. From your own machine:",
            f"kubectl --namespace {namespace} port-forward service/{notebook.name} {notebook.port}",
        )
    if claims:
        yield yaml_file(stack.around, f"{folder}/volumes.yaml", claims)


def _environment(namespace: str, resources: list[str]) -> Object:
    return {
        "namespace": namespace,
        "labels": Commented(
            [{"pairs": {MANAGED_BY: "kustomize"}, "includeSelectors": False}],
            "Never in selectors, which cannot be changed once they are there.",
        ),
        "resources": resources,
    }


def _image_lines(stack: Stack) -> tuple[str, ...]:
    images = (f"  {stack.image(workload)}" for workload in stack.of_each_image)
    return ("The cluster needs these images, from a registry or loaded by hand:", *images)


def _dev_claims(stack: Stack, namespace: str) -> list[Data]:
    """Return the claims that only development needs."""
    base = {it.name for it in stack.claims((*stack.workloads, *stack.companions))}
    return [
        claim(stack, volume, namespace)
        for volume in stack.claims(stack.notebooks)
        if volume.name not in base
    ]


def _dev_patches(stack: Stack) -> Iterator[Data]:
    kinds = {kind_of(stack, it) for it in (*stack.workloads, *stack.notebooks)}
    kinds |= {"StatefulSet" if stack.owns_volumes(it) else "Deployment" for it in stack.companions}
    asked: list[Object] = [
        {
            "op": "replace",
            "path": "/spec/template/spec/containers/0/resources/requests/cpu",
            "value": "50m",
        }
    ]
    why = "So that all of it fits on one machine; the limits stay."
    for kind in sorted(kinds - {"CronJob"}):
        patch: Data = _patch(kind, asked)
        yield Commented(patch, why) if why else patch
        why = ""
    if "CronJob" in kinds:
        suspend: list[Object] = [{"op": "add", "path": "/spec/suspend", "value": True}]
        yield Commented(
            _patch("CronJob", suspend),
            "Started by hand: kubectl create job --from=cronjob/NAME NAME-1",
        )
    owners: tuple[Workload | CompanionPlan, ...] = (*stack.plan.workloads, *stack.companions)
    if any(map(stack.is_shared, stack.claims(owners))):
        once: list[Object] = [
            {"op": "replace", "path": "/spec/accessModes/0", "value": "ReadWriteOnce"}
        ]
        yield Commented(
            _patch("PersistentVolumeClaim", once),
            "Clusters of one node have no storage for several, and need none.",
        )


def _production(stack: Stack) -> Iterator[GeneratedFile]:
    folder = "overlays/production"
    scaling = scaling_objects(stack, stack.name)
    resources = [_BASE, _NAMESPACE, *([_SCALING] if scaling else [])]
    spec = _environment(stack.name, resources)
    if stack.workloads:
        spec["images"] = Commented(
            [_image(stack, workload) for workload in stack.of_each_image_in_production],
            "A release writes what it has built here, by its digest:"
            "\nkustomize edit set image NAME=REGISTRY/NAME@sha256:…",
        )
    patches = [
        _patch("Deployment", [{"op": "remove", "path": "/spec/replicas"}], name=workload.name)
        for workload in stack.workloads
        if is_scaled(stack, workload)
    ]
    if patches:
        spec["patches"] = Commented(
            patches, "The autoscaler says how many there are, and not the next `apply`."
        )
    yield yaml_file(
        stack.around,
        f"{folder}/kustomization.yaml",
        [kustomization(spec)],
        f"Production: kubectl apply --kustomize {FOLDER}/{folder}",
        *_production_lines(stack),
    )
    yield yaml_file(
        stack.around,
        f"{folder}/{_NAMESPACE}",
        namespace_objects(stack, stack.name, is_dev=False),
    )
    if scaling:
        yield yaml_file(stack.around, f"{folder}/{_SCALING}", scaling)


def _image(stack: Stack, workload: Workload) -> Object:
    name = stack.repository(workload)
    found: Object = {"name": name}
    host, _, path = stack.around.repository.partition("/")
    if stack.around.ci == "github" and host == "github.com" and not stack.around.folder:
        # Where the workflow pushes to.
        found["newName"] = f"ghcr.io/{path.lower()}{name.removeprefix(stack.name)}"
    found["newTag"] = stack.tag(workload)
    return found


def _production_lines(stack: Stack) -> Iterator[str]:
    keys = stack.keys(stack.workloads)
    if keys:
        yield f"The Secret `{stack.secret_name}` has to exist, with: {', '.join(keys)}."
    names = component_names(stack)
    if names:
        yield "Options, each to be listed under `components`:"
        yield from (f"  ../../components/{name}" for name in names)


def _patch(kind: str, operations: list[Object], *, name: str = "") -> Object:
    target: Object = {"kind": kind}
    if name:
        target["name"] = name
    return {"target": target, "patch": Literal(written(operations) + "\n")}
