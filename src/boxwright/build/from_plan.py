"""Plan and Lock → Image: the steps, lowest layer first."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright import __version__
from boxwright.build.application import application_layer, model_layer
from boxwright.build.config import image_annotations, image_config
from boxwright.build.foundation import no_interpreter, open_foundation, python_home
from boxwright.build.interpreter import (
    Interpreter,
    find_interpreter,
    interpreter_digest,
    keep_interpreter,
)
from boxwright.build.remembered import find_stack, keep_stack
from boxwright.errors import BuildError
from boxwright.image.compression import TRANSFORM, encoder_is_pinned
from boxwright.image.entry import MTIME
from boxwright.image.image import Image, Layer, make_image
from boxwright.lock.model import PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.revision import Revision
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.build.wheel_file import WheelFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a build reads besides the plan and the lock."""

    folder: Path
    """The project."""
    tree: Tree
    revision: Revision | None
    epoch: int | None
    """SOURCE_DATE_EPOCH: the image's time, if the user decides it."""
    sources: Sources
    allowed_secrets: tuple[str, ...] = ()
    jobs: int = 1
    compiler: PlatformLock | None = None
    """Whose Python makes the byte code, where that of the image is for other machines."""


def build_image(
    plan: Plan, lock: PlatformLock, inputs: Inputs, *, cache: Cache, progress: Progress
) -> Image:
    """
    Return the image of *plan*, made of exactly what *lock* names.

    No program of the project or of its dependencies is run, but for build backends of
    what is published without a wheel, and for `bytecode = "imported"`, which imports the
    application to see what it needs.
    """
    if not encoder_is_pinned():
        raise BuildError(
            "the installed package `deflate` packs otherwise than this boxwright expects",
            hint="install the version that boxwright asks for: `pip install 'deflate==0.9.*'`",
        )
    foundation = open_foundation(lock, inputs.folder, inputs.sources) if lock.image else None
    with_bytecode = plan.layers.bytecode != "none"
    if with_bytecode and lock.image and (obstacle := no_interpreter(lock.image, lock.platform)):
        progress.note(f"the image has no byte code: {obstacle}")
        with_bytecode = False
    stack = _stack(plan, lock, inputs, with_bytecode, cache, progress)
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
        compiled_by=interpreter_digest(lock) if with_bytecode else None,
        open_interpreter=functools.partial(_open_interpreter, lock, inputs, cache, progress),
        cache=cache,
    )
    above = [*([models] if models else []), application]
    if plan.layers.bytecode == "imported" and with_bytecode:
        ours = stack if foundation else stack[1:]
        above = [*_imported(plan, lock, [*ours, *above], inputs, cache, progress), *above]
    if foundation is None:
        name = f"boxwright/{lock.suite}-{plan.base.variant}"
        base = (name, stack[0].blob.descriptor.digest)
    else:
        base = (foundation.name, foundation.digest)
    annotations = image_annotations(
        plan, created=_created(inputs), revision=inputs.revision, base=base
    )
    config = image_config(plan, annotations)
    if foundation is None:
        return make_image(config, [*stack, *above], annotations)
    return make_image(foundation.under(config), [*foundation.layers, *stack, *above], annotations)


def _stack(
    plan: Plan,
    lock: PlatformLock,
    inputs: Inputs,
    with_bytecode: bool,
    cache: Cache,
    progress: Progress,
) -> Sequence[Layer]:
    """
    Return the layers below the project's own files, lowest first; those of an image left out.

    The whole stack is remembered by the lock that gave it, unless something in it is
    built here: then only looking at its sources tells whether it is still the same.
    """
    key = (
        _stack_key(plan, lock, with_bytecode)
        if all(wheel.digest for wheel in lock.wheels)
        else None
    )
    stack = find_stack(cache, key) if key else None
    if stack is not None:
        return stack
    from boxwright.build.base import base_layer, system_layer
    from boxwright.build.wheels import wheel_layers

    sources = inputs.sources
    if lock.image is None:
        base = base_layer(
            lock,
            compiler=inputs.compiler,
            mirrors=sources.mirrors,
            transport=sources.transport,
            cache=cache,
            progress=progress,
        )
    else:
        from boxwright.build.image_base import adapting_layer

        base = adapting_layer(
            lock,
            compiled_by=interpreter_digest(lock) if with_bytecode else None,
            open_interpreter=functools.partial(_open_interpreter, lock, inputs, cache, progress),
            cache=cache,
        )
    system = system_layer(
        lock, mirrors=sources.mirrors, transport=sources.transport, cache=cache, progress=progress
    )
    environment = wheel_layers(
        _wheels(lock, inputs, cache, progress),
        python=lock.python,
        home=python_home(lock),
        policy=plan.layers,
        interpreter=_open_interpreter(lock, inputs, cache, progress) if with_bytecode else None,
        cache=cache,
        workers=inputs.jobs,
        progress=progress,
    )
    stack = [base, *([system] if system else []), *environment]
    if key:
        keep_stack(cache, key, stack)
    return stack


def _stack_key(plan: Plan, lock: PlatformLock, with_bytecode: bool) -> Digest:
    return digest_of(
        canonical_json(
            {
                "bytecode": with_bytecode,
                "transform": TRANSFORM,
                "version": __version__,
                "lock": asdict(lock),
                "layers": asdict(plan.layers),
                "interpreter": interpreter_digest(lock),
            }
        )
    )


def _imported(
    plan: Plan,
    lock: PlatformLock,
    layers: Sequence[Layer],
    inputs: Inputs,
    cache: Cache,
    progress: Progress,
) -> list[Layer]:
    """Return the byte code of those modules of the wheels that the application imports at first."""
    from boxwright.build.trace import imported_sources
    from boxwright.build.wheels import bytecode_layers

    interpreter = _open_interpreter(lock, inputs, cache, progress)
    return bytecode_layers(
        _wheels(lock, inputs, cache, progress),
        python=lock.python,
        policy=plan.layers,
        interpreter=interpreter,
        cache=cache,
        workers=inputs.jobs,
        progress=progress,
        only=imported_sources(plan.process, layers, interpreter, cache),
    )


def _open_interpreter(
    lock: PlatformLock, inputs: Inputs, cache: Cache, progress: Progress
) -> Interpreter:
    lock = inputs.compiler or lock
    found = find_interpreter(cache, lock)
    if found is not None:
        return found
    if lock.image is not None:
        from boxwright.build.image_base import open_image_interpreter

        foundation = open_foundation(lock, inputs.folder, inputs.sources)
        interpreter = open_image_interpreter(lock, foundation, cache=cache, progress=progress)
    else:
        from boxwright.build.base import open_interpreter

        interpreter = open_interpreter(
            lock,
            mirrors=inputs.sources.mirrors,
            transport=inputs.sources.transport,
            cache=cache,
            progress=progress,
        )
    keep_interpreter(cache, lock, interpreter)
    return interpreter


def _wheels(
    lock: PlatformLock, inputs: Inputs, cache: Cache, progress: Progress
) -> list[WheelFile]:
    from boxwright.build.wheel_file import WheelFile
    from boxwright.lock.fetch import fetch_wheels

    fetched = fetch_wheels(
        lock,
        inputs.folder,
        indexes=inputs.sources.indexes,
        cache=cache,
        transport=inputs.sources.transport,
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
