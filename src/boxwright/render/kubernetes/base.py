"""What every environment has."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.render.kubernetes.claims import claim
from boxwright.render.kubernetes.companions import companion_objects
from boxwright.render.kubernetes.network import default_policies
from boxwright.render.kubernetes.stack import Stack
from boxwright.render.kubernetes.text import kustomization, yaml_file
from boxwright.render.kubernetes.workloads import workload_objects
from boxwright.render.model import GeneratedFile
from boxwright.syntax.yaml.written import Data


def base_files(stack: Stack) -> Iterator[GeneratedFile]:
    """Yield the files of the base, the one that lists the others first."""
    contents = dict(_contents(stack))
    yield yaml_file(
        stack.around,
        "base/kustomization.yaml",
        [kustomization({"resources": sorted(contents)})],
        "What all environments have. Apply one of the overlays, not this.",
    )
    for path, (documents, about) in contents.items():
        yield yaml_file(stack.around, f"base/{path}", documents, *about)


def _contents(stack: Stack) -> Iterator[tuple[str, tuple[list[Data], tuple[str, ...]]]]:
    for workload in stack.workloads:
        yield f"{workload.name}.yaml", (workload_objects(stack, workload, stack.name), ())
    for companion in stack.companions:
        about = (
            "One replica, without backups: production may rather have a service of your cloud."
            if stack.owns_volumes(companion)
            else ""
        )
        documents = companion_objects(stack, companion, stack.name)
        yield f"{companion.name}.yaml", (documents, (about,) if about else ())
    volumes = stack.claims((*stack.workloads, *stack.companions))
    if volumes:
        yield "volumes.yaml", ([claim(stack, it, stack.name) for it in volumes], ())
    policies = default_policies(stack, stack.name)
    yield (
        "network.yaml",
        (policies, ("What is not allowed here, or beside a workload, is forbidden.",)),
    )
