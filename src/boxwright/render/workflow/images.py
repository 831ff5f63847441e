"""Which images a project has in production, and from what each is built."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from boxwright.plan.model import Plan
from boxwright.render.compose.stack import image_suffix
from boxwright.render.model import Part, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image, by what its name has after that of the project."""

    suffix: str
    """Empty, `-train`, `-api-train`."""
    target: str
    context: str
    file: str = ""
    """The Dockerfile, relative to the top; empty where it is in the context."""
    scope: str = ""
    """What its cache is kept under; empty where there is one."""
    folder: str = "."
    """Where its project is, from which `boxwright push` builds it."""

    @property
    def is_tried(self) -> bool:
        """Whether it is what runs in production, and no target beside that."""
        return self.target == "runtime"


def images_of(plan: Plan, around: Surroundings) -> tuple[BuiltImage, ...]:
    """Return the images, those of last stages first: they are what is tried and scanned."""
    parts = around.parts or (Part(plan=plan),)
    found = [
        BuiltImage(
            suffix=f"-{part.name}" if part.name else "",
            target="runtime",
            context=part.context,
            file=_file(part),
            scope=part.name,
            folder=part.folder or ".",
        )
        for part in parts
    ]
    seen = {each.suffix for each in found}
    for workload in plan.workloads:
        suffix = image_suffix(workload)
        if workload.kind == "notebook" or workload.target == "runtime" or suffix in seen:
            continue
        seen.add(suffix)
        part = around.part(plan, workload)
        found.append(
            BuiltImage(
                suffix=suffix,
                target=workload.target,
                context=part.context,
                file=_file(part),
                scope=part.name,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.target != "runtime", each.suffix)))


def dockerfile_checks(plan: Plan, around: Surroundings) -> tuple[str, ...]:
    """Return the commands by which BuildKit checks each Dockerfile."""
    found = []
    for each in images_of(plan, around):
        if each.target == "runtime":
            file = f"--file {each.file} " if each.file else ""
            found.append(f"docker buildx build --check {file}{each.context}")
    return tuple(found)


def _file(part: Part) -> str:
    if part.has_own_context:
        return ""
    return posixpath.normpath(posixpath.join(part.context, part.dockerfile))
