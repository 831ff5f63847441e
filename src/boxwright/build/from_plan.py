"""Plan and Lock → Image: the steps, lowest layer first."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright import __version__
from boxwright.build.application import application_layer, model_layer
from boxwright.build.config import image_annotations, image_config
from boxwright.build.foundation import no_interpreter, open_foundation, python_home
from boxwright.build.interpreter import (
    Compiler,
    Interpreter,
    find_interpreter,
    interpreter_digest,
    keep_interpreter,
)
from boxwright.build.remembered import find_stack, is_borrowed, keep_stack
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
    if with_bytecode and lock.image and (obstacle := no_interpreter(inputs.compiler or lock)):
        progress.note(f"the image has no byte code: {obstacle}")
        with_bytecode = False
    compiler = None
    if with_bytecode:
        open_ = functools.partial(_open_interpreter, lock, inputs, cache, progress)
        compiler = Compiler(
            lock.python,
            interpreter_digest(lock),
            functools.partial(open_, whole=True),
            functools.partial(open_, whole=False),
        )
    parts = _Parts(
        plan=plan, lock=lock, inputs=inputs, compiler=compiler, cache=cache, progress=progress
    )
    with cache.trail() as trail:
        stack, above = parts.stack(), parts.above()
    if compiler is not None and plan.layers.bytecode == "imported":
        at = 0 if foundation else 1
        imported = _recall_imports(plan, [*stack[at:], *above], compiler, cache)
        if imported is None:
            if is_borrowed(trail):
                # What is run on this machine is made on it.
                parts = replace(parts, cache=cache.alone())
                stack, above = parts.stack(), parts.above()
            imported = _trace_imports(plan, [*stack[at:], *above], compiler, cache)
        above = [*parts.bytecode_of(imported), *above]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the layers of an image are made of, and where they may be already."""

    plan: Plan
    lock: PlatformLock
    inputs: Inputs
    compiler: Compiler | None
    cache: Cache
    progress: Progress

    def stack(self) -> Sequence[Layer]:
        """
        Return the layers below the project's own files, lowest first; those of an image left out.

        The whole stack is remembered by the lock that gave it, unless something in it is
        built here: then only looking at its sources tells whether it is still the same.
        """
        plan, lock, cache = self.plan, self.lock, self.cache
        key = None
        if all(wheel.digest for wheel in lock.wheels):
            key = _stack_key(plan, lock, with_bytecode=self.compiler is not None)
        stack = find_stack(cache, key) if key else None
        if stack is not None:
            return stack
        from boxwright.build.base import base_layer, system_layer
        from boxwright.build.wheels import wheel_layers

        sources, progress = self.inputs.sources, self.progress
        with cache.trail() as trail:
            if lock.image is None:
                base = base_layer(
                    lock,
                    compiler=self.inputs.compiler,
                    mirrors=sources.mirrors,
                    transport=sources.transport,
                    cache=cache,
                    progress=progress,
                )
            else:
                from boxwright.build.image_base import adapting_layer

                base = adapting_layer(
                    lock,
                    compiled_by=self.compiler.digest if self.compiler else None,
                    open_interpreter=self._interpreter,
                    open_base=functools.partial(open_foundation, lock, self.inputs.folder, sources),
                    cache=cache,
                    progress=progress,
                )
            system = system_layer(
                lock,
                mirrors=sources.mirrors,
                transport=sources.transport,
                cache=cache,
                progress=progress,
            )
            environment = wheel_layers(
                self._wheels(),
                python=lock.python,
                home=python_home(lock),
                policy=plan.layers,
                compiler=self.compiler,
                cache=cache,
                workers=self.inputs.jobs,
                progress=progress,
                fetch=self._fetch,
            )
        stack = [base, *([system] if system else []), *environment]
        if key:
            keep_stack(cache, key, stack, trail)
        return stack

    def above(self) -> list[Layer]:
        """Return the layers of the project's own files, lowest first."""
        inputs, application = self.inputs, self.plan.application
        working_dir = self.plan.process.working_dir
        models = model_layer(
            inputs.folder,
            inputs.tree,
            application.models,
            working_dir=working_dir,
            cache=self.cache,
        )
        files = application_layer(
            inputs.folder,
            inputs.tree,
            application.files,
            working_dir=working_dir,
            allowed_secrets=inputs.allowed_secrets,
            compiler=self.compiler,
            cache=self.cache,
        )
        return [*([models] if models else []), files]

    def bytecode_of(self, imported: frozenset[str]) -> list[Layer]:
        """Return the byte code of those modules of the wheels that the application imports at first."""
        from boxwright.build.wheels import bytecode_layers

        if self.compiler is None:
            return []
        return bytecode_layers(
            self._wheels(),
            python=self.lock.python,
            policy=self.plan.layers,
            compiler=self.compiler,
            cache=self.cache,
            workers=self.inputs.jobs,
            progress=self.progress,
            only=imported,
            fetch=self._fetch,
        )

    def _interpreter(self) -> Interpreter:
        assert self.compiler is not None  # noqa: S101 (asked for only where there is one)
        return self.compiler.interpreter

    def _wheels(self) -> list[WheelFile]:
        """Return the wheels of the lock; those that are published need not be here yet."""
        from boxwright.build.wheel_file import WheelFile

        known = {
            wheel.name: WheelFile(
                name=wheel.name,
                version=wheel.version,
                path=self.cache.blob_path(wheel.digest),
                digest=wheel.digest,
                size=wheel.size,
                filename=wheel.file,
            )
            for wheel in self.lock.wheels
            if wheel.digest and wheel.size
        }
        others = [wheel for wheel in self.lock.wheels if wheel.name not in known]
        if others:
            known |= {wheel.name: wheel for wheel in self._fetched([one.name for one in others])}
        return [known[wheel.name] for wheel in self.lock.wheels]

    def _fetch(self, wheels: Sequence[WheelFile]) -> list[WheelFile]:
        found = {wheel.name: wheel for wheel in self._fetched([wheel.name for wheel in wheels])}
        return [replace(wheel, path=found[wheel.name].path) for wheel in wheels]

    def _fetched(self, names: Sequence[str]) -> list[WheelFile]:
        from boxwright.build.wheel_file import WheelFile
        from boxwright.lock.fetch import fetch_wheels

        sources = self.inputs.sources
        fetched = fetch_wheels(
            self.lock,
            self.inputs.folder,
            indexes=sources.indexes,
            cache=self.cache,
            transport=sources.transport,
            progress=self.progress,
            only=frozenset(names),
        )
        files = {wheel.name: wheel.file for wheel in self.lock.wheels}
        return [
            WheelFile(
                name=wheel.name,
                version=wheel.version,
                path=wheel.path,
                digest=wheel.digest,
                size=wheel.size,
                transplant=not wheel.built,
                filename=files[wheel.name],
            )
            for wheel in fetched
        ]


def _stack_key(plan: Plan, lock: PlatformLock, *, with_bytecode: bool) -> Digest:
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


def _recall_imports(
    plan: Plan, layers: Sequence[Layer], compiler: Compiler, cache: Cache
) -> frozenset[str] | None:
    from boxwright.build.trace import imports_key, recall_imports

    return recall_imports(imports_key(plan.process, layers, compiler.digest), cache)


def _trace_imports(
    plan: Plan, layers: Sequence[Layer], compiler: Compiler, cache: Cache
) -> frozenset[str]:
    from boxwright.build.trace import trace_imports

    return trace_imports(plan.process, layers, compiler.interpreter, cache)


def _open_interpreter(
    lock: PlatformLock, inputs: Inputs, cache: Cache, progress: Progress, *, whole: bool
) -> Interpreter:
    lock = inputs.compiler or lock
    # Of an image those layers are read that have a part of Python, be it much or little.
    whole = whole or lock.image is not None
    found = find_interpreter(cache, lock)
    if found is None and not whole:
        found = find_interpreter(cache, lock, whole=False)
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
            whole=whole,
        )
    keep_interpreter(cache, lock, interpreter, whole=whole)
    return interpreter


def _created(inputs: Inputs) -> int:
    """Return the image's time: SOURCE_DATE_EPOCH, else the commit's, else 1980; never now."""
    if inputs.epoch is not None:
        return inputs.epoch
    return inputs.revision.time if inputs.revision is not None else MTIME
