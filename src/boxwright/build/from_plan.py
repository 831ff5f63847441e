"""Plan and Lock → Image: the steps, lowest layer first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from boxwright.build.application import application_layer, model_layer
from boxwright.build.base import base_layer, open_interpreter, system_layer
from boxwright.build.config import image_annotations, image_config
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheels import wheel_layers
from boxwright.errors import BuildError
from boxwright.image.compression import encoder_is_pinned
from boxwright.image.entry import MTIME
from boxwright.image.image import Image, make_image
from boxwright.lock.fetch import fetch_wheels
from boxwright.lock.indexes import Indexes
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import PlatformLock
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.revision import Revision
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

_MOST_LAYERS = 125
"""Docker's graph drivers refuse a deeper image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a build reads besides the plan and the lock."""

    folder: Path
    """The project."""
    tree: Tree
    revision: Revision | None
    epoch: int | None
    """SOURCE_DATE_EPOCH: the image's time, if the user decides it."""
    transport: Transport
    mirrors: Mirrors
    indexes: Indexes
    allowed_secrets: tuple[str, ...] = ()
    jobs: int = 1


def build_image(
    plan: Plan, lock: PlatformLock, inputs: Inputs, *, cache: Cache, progress: Progress
) -> Image:
    """
    Return the image of *plan*, made of exactly what *lock* names.

    No program of the project or of its dependencies is run, but for build backends of
    what is published without a wheel.
    """
    if not encoder_is_pinned():
        raise BuildError(
            "the installed package `deflate` packs otherwise than this boxwright expects",
            hint="install the version that boxwright asks for: `pip install 'deflate==0.9.*'`",
        )
    base = base_layer(
        lock,
        mirrors=inputs.mirrors,
        transport=inputs.transport,
        cache=cache,
        progress=progress,
    )
    system = system_layer(
        lock,
        mirrors=inputs.mirrors,
        transport=inputs.transport,
        cache=cache,
        progress=progress,
    )
    interpreter = None
    if plan.layers.bytecode != "none":
        interpreter = open_interpreter(
            lock,
            mirrors=inputs.mirrors,
            transport=inputs.transport,
            cache=cache,
            progress=progress,
        )
    environment = wheel_layers(
        _wheels(lock, inputs, cache, progress),
        python=lock.python,
        policy=plan.layers,
        interpreter=interpreter,
        cache=cache,
        workers=inputs.jobs,
        progress=progress,
    )
    models = model_layer(
        inputs.folder,
        inputs.tree,
        plan.application.models,
        working_dir=plan.process.working_dir,
        cache=cache,
    )
    application = application_layer(
        inputs.folder,
        inputs.tree,
        plan.application.files,
        working_dir=plan.process.working_dir,
        allowed_secrets=inputs.allowed_secrets,
        interpreter=interpreter,
        cache=cache,
    )
    layers = [layer for layer in (base, system, *environment, models, application) if layer]
    if len(layers) > _MOST_LAYERS:
        raise BuildError(
            f"the image would have {len(layers)} layers, and engines refuse more than {_MOST_LAYERS}",
            hint="set a smaller `budget` under [tool.boxwright.layers]",
        )
    created = _created(inputs)
    return make_image(
        image_config(plan, created=created, revision=inputs.revision),
        layers,
        image_annotations(
            plan, created=created, revision=inputs.revision, base=base, suite=lock.suite
        ),
    )


def _wheels(
    lock: PlatformLock, inputs: Inputs, cache: Cache, progress: Progress
) -> list[WheelFile]:
    fetched = fetch_wheels(
        lock,
        inputs.folder,
        indexes=inputs.indexes,
        cache=cache,
        transport=inputs.transport,
        progress=progress,
    )
    return [
        WheelFile(
            name=wheel.name,
            version=wheel.version,
            path=wheel.path,
            digest=wheel.digest,
            size=wheel.size,
            transplant=not wheel.built,
            filename=locked.file,
        )
        for wheel, locked in zip(fetched, lock.wheels, strict=True)
    ]


def _created(inputs: Inputs) -> int:
    """Return the image's time: SOURCE_DATE_EPOCH, else the commit's, else 1980; never now."""
    if inputs.epoch is not None:
        return inputs.epoch
    return inputs.revision.time if inputs.revision is not None else MTIME
