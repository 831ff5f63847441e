"""Plan and Lock → Image: the steps, lowest layer first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boxwright.build.application import application_layer, model_layer
from boxwright.build.base import base_layer, open_interpreter, system_layer
from boxwright.build.config import creation_time, image_annotations, image_config
from boxwright.build.wheels import WheelFile, wheel_layers
from boxwright.errors import BuildError
from boxwright.image.compression import encoder_is_pinned
from boxwright.image.image import Image, Layer, make_image
from boxwright.lock.fetch import fetch_wheels
from boxwright.lock.model import PlatformLock
from boxwright.lock.sources import Sources
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.revision import Revision
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a build reads besides the plan and the lock."""

    folder: Path
    """The project."""
    tree: Tree
    revision: Revision | None
    environ: Mapping[str, str]
    sources: Sources
    """Where wheels and Debian packages are fetched from."""
    allowed_secrets: tuple[str, ...] = ()
    jobs: int = 1
    """How many processes may work at once; it changes no byte of the image."""


def build_image(
    plan: Plan, lock: PlatformLock, inputs: Inputs, *, cache: Cache, progress: Progress
) -> Image:
    """
    Build the image of *plan* from exactly what *lock* names.

    Nothing of the project is run, with one exception that the plan has to ask for:
    `bytecode = "imported"` imports the application to see which modules it needs.
    """
    if not encoder_is_pinned():
        raise BuildError(
            "the installed package `deflate` packs otherwise than this version of boxwright expects",
            hint="install the version that boxwright asks for: `pip install 'deflate==0.9.*'`",
        )
    base = base_layer(lock, sources=inputs.sources, cache=cache, progress=progress)
    system = system_layer(lock, sources=inputs.sources, cache=cache, progress=progress)
    interpreter = None
    if plan.layers.bytecode != "none":
        interpreter = open_interpreter(lock, sources=inputs.sources, cache=cache, progress=progress)
    wheels = [
        WheelFile(
            name=wheel.name,
            version=wheel.version,
            path=wheel.path,
            digest=wheel.digest,
            size=wheel.size,
            transplant=not wheel.built,
        )
        for wheel in fetch_wheels(
            lock, inputs.folder, sources=inputs.sources, cache=cache, progress=progress
        )
    ]
    layers = [
        base,
        *([system] if system else []),
        *wheel_layers(
            wheels,
            python=lock.python,
            policy=plan.layers,
            interpreter=interpreter,
            cache=cache,
            workers=inputs.jobs,
            progress=progress,
        ),
        *_project_layers(plan, inputs, interpreter, cache, progress),
    ]
    created = _created(inputs)
    return make_image(
        image_config(plan, created=created, revision=inputs.revision),
        layers,
        image_annotations(
            plan, created=created, revision=inputs.revision, base=base, suite=lock.suite
        ),
    )
