"""Wheels → layers: which are written, which are there already, and their byte code above them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict
from typing import Any

from boxwright.build.bytecode import (
    BytecodeLayerTask,
    CompileResult,
    CompileTask,
    write_bytecode_layer,
)
from boxwright.build.collisions import check_collisions
from boxwright.build.grouping import Unit, group
from boxwright.build.interpreter import Interpreter
from boxwright.build.remembered import Remembered, find_layer, keep_layer
from boxwright.build.venv import HOME, venv_layer
from boxwright.build.wheel_file import WheelFile as WheelFile
from boxwright.build.wheel_task import LayerResult, LayerTask
from boxwright.build.wheel_tree import WheelTree, survey
from boxwright.build.workers import Workers
from boxwright.errors import PackageError
from boxwright.image.compression import TRANSFORM
from boxwright.image.image import Layer
from boxwright.image.tar import END
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.plan.model import SITE, LayerPlan
from boxwright.progress import Progress
from boxwright.store.cache import Cache
from boxwright.wheel.filename import canonical_name
from boxwright.wheel.spread import Environment

_FIRST, _SOON = 1 << 60, 1 << 59
"""Costs that put a job before those that are ordered by their bytes."""


def wheel_layers(
    files: Sequence[WheelFile],
    *,
    python: str,
    home: str = HOME,
    policy: LayerPlan,
    interpreter: Interpreter | None,
    cache: Cache,
    workers: int,
    progress: Progress,
) -> list[Layer]:
    """
    Return the layers of an environment with *files*, lowest first, for *python* in *home*.

    First the empty environment, then the wheels; then, if *policy* asks for all byte
    code and there is an *interpreter*, that of the wheels in the same order. The number
    of *workers* changes no byte. Raises PackageError where a wheel is damaged or
    hostile, or where two of them install different files at one path.
    """
    with_bytecode = interpreter is not None and policy.bytecode == "all"
    units = _units(files, policy)
    environment = Environment(prefix=SITE, python=python)
    layers = [venv_layer(python, home=home, cache=cache)]
    with Workers(workers, cache) as pool:
        work = _Work(environment, cache, pool, progress)
        for unit in units:
            work.write(unit, interpreter if with_bytecode else None)
        work.finish(check=files)
    return layers + work.layers(units)


def bytecode_layers(
    files: Sequence[WheelFile],
    *,
    python: str,
    policy: LayerPlan,
    interpreter: Interpreter,
    cache: Cache,
    workers: int,
    progress: Progress,
    only: frozenset[str] | None = None,
) -> list[Layer]:
    """
    Return the byte-code layers that belong above those of `wheel_layers`.

    *only* are the sources that are worth compiling, by their absolute paths in the image.
    """
    units = _units(files, policy)
    environment = Environment(prefix=SITE, python=python)
    with Workers(workers, cache) as pool:
        work = _Work(environment, cache, pool, progress)
        for unit in units:
            work.compile(unit, interpreter, only)
        work.finish(check=())
    return work.layers(units)


def _units(files: Sequence[WheelFile], policy: LayerPlan) -> tuple[Unit, ...]:
    known: dict[str, WheelFile] = {}
    for wheel in files:
        other = known.setdefault(canonical_name(wheel.name), wheel)
        if other is not wheel:
            raise PackageError(
                f"both {other.name} {other.version} and {wheel.name} {wheel.version} would be"
                " installed",
                hint="an environment can hold one version of a distribution; lock again",
            )
    return group(files, policy, bytecode=policy.bytecode != "none")


class _Work:
    """What is being written, and what was."""

    def __init__(
        self, environment: Environment, cache: Cache, pool: Workers, progress: Progress
    ) -> None:
        self._environment = environment
        self._cache = cache
        self._pool = pool
        self._progress = progress
        self._pending: dict[Future[dict[str, Any]], Callable[[dict[str, Any]], None]] = {}
        self._written: dict[Unit, Layer] = {}
        self._compiled: dict[Unit, Layer] = {}
        self._trees: dict[WheelFile, WheelTree] = {}
        self._unwritten = 0

    def write(self, unit: Unit, interpreter: Interpreter | None) -> None:
        """Have the layer of *unit* written, and then its byte code by *interpreter*."""
        task = LayerTask(
            wheels=unit.wheels, environment=self._environment, part=unit.part, parts=unit.parts
        )
        key = _key(task.identity())
        found = find_layer(self._cache, key, unit.title)
        self._progress.start(unit.short_title, unit.size)
        if found is not None:
            self._progress.finish(unit.short_title, "reused")
            self._written[unit] = found
            if interpreter is not None:
                self.compile(unit, interpreter, None)
            return

        def done(result: dict[str, Any]) -> None:
            written = LayerResult.from_dict(result)
            self._written[unit] = keep_layer(self._cache, key, written.layer, unit.title)
            self._progress.finish(unit.short_title, _size(written.layer.size))
            for wheel, tree in zip(unit.wheels, written.trees, strict=True):
                self._cache.remember("wheels", self._tree_key(wheel), tree.to_dict())
                self._trees[wheel] = tree
            self._unwritten -= 1
            if interpreter is not None:
                self.compile(unit, interpreter, None)

        self._unwritten += 1
        self._submit("layer", task.to_dict(), _FIRST + unit.size, unit.short_title, done)

    def compile(self, unit: Unit, interpreter: Interpreter, only: frozenset[str] | None) -> None:
        """Have the byte code of the wheels of *unit* made, in a layer of its own."""
        # The byte code of a wheel that is spread over several layers is in one.
        if unit.part:
            return
        title, short = f"byte code of {unit.title}", f"byte code of {unit.short_title}"
        tasks = [self._compile_task(wheel, interpreter, only) for wheel in unit.wheels]
        key = _key({"kind": "bytecode", "tasks": [task.identity() for task in tasks]})
        found = find_layer(self._cache, key, title)
        if found is not None:
            self._compiled[unit] = found
            if not _is_empty(found):
                self._progress.start(short)
                self._progress.finish(short, "reused")
            return
        compiled: dict[int, Digest] = {}
        costs = [self._cost(task) for task in tasks]

        def keep(remembered: Remembered) -> None:
            self._compiled[unit] = keep_layer(self._cache, key, remembered, title)
            if sum(costs):
                self._progress.finish(short, _size(remembered.size))

        def write_if_all_are_there() -> None:
            if len(compiled) < len(tasks):
                return
            task = BytecodeLayerTask(
                compiled=tuple(compiled[n] for n in range(len(tasks)) if costs[n]),
                python=interpreter.python,
            )
            if task.compiled:
                self._submit(
                    "bytecode-layer",
                    task.to_dict(),
                    _SOON + sum(costs),
                    short,
                    lambda result: keep(Remembered(**result)),
                )
            else:
                keep(write_bytecode_layer(task, self._cache))

        if sum(costs):
            self._progress.start(short, sum(costs))
        for n, (task, cost) in enumerate(zip(tasks, costs, strict=True)):
            task_key = _key(task.identity())

            def have(document: dict[str, Any], n: int = n, task_key: Digest = task_key) -> None:
                result = CompileResult.from_dict(document)
                self._cache.remember("bytecode", task_key, result.to_dict())
                compiled[n] = result.digest
                write_if_all_are_there()

            known = self._compiled_before(task_key)
            if known is not None or not cost:
                compiled[n] = known or task.wheel.digest
                self._progress.advance(short, cost)
            else:
                self._submit("compile", task.to_dict(), cost, short, have)
        write_if_all_are_there()

    def finish(self, *, check: Sequence[WheelFile]) -> None:
        """Wait for all; as soon as the wheels are written, see that those to *check* do not collide."""
        is_checked = False
        while True:
            if not self._unwritten and not is_checked and check:
                self._check(check)
                is_checked = True
            if not self._pending:
                return
            done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
            for future in done:
                self._pending.pop(future)(future.result())

    def layers(self, units: Iterable[Unit]) -> list[Layer]:
        """Return what was written, lowest first."""
        units = list(units)
        found = [self._written[unit] for unit in units if unit in self._written]
        found += [self._compiled[unit] for unit in units if unit in self._compiled]
        return [layer for layer in found if not _is_empty(layer)]

    def _submit(
        self,
        kind: str,
        task: dict[str, Any],
        cost: int,
        name: str,
        done: Callable[[dict[str, Any]], None],
    ) -> None:
        future = self._pool.submit(
            {"kind": kind, "task": task},
            cost=cost,
            advance=lambda amount: self._progress.advance(name, amount),
        )
        self._pending[future] = done

    def _check(self, wheels: Sequence[WheelFile]) -> None:
        """Raise PackageError if *wheels* collide, and remember it if they do not."""
        keys = sorted(self._tree_key(wheel) for wheel in wheels)
        key = _key({"kind": "collisions", "wheels": keys})
        if self._cache.recall("collisions", key) is not None:
            return
        check_collisions({wheel: self._tree(wheel) for wheel in wheels}, self._environment)
        self._cache.remember("collisions", key, {})

    def _tree_key(self, wheel: WheelFile) -> Digest:
        return _key(
            {
                "kind": "tree",
                "environment": asdict(self._environment),
                "wheel": wheel.digest,
                "direct_url": wheel.direct_url,
            }
        )

    def _tree(self, wheel: WheelFile) -> WheelTree:
        if wheel not in self._trees:
            record = self._cache.recall("wheels", self._tree_key(wheel))
            try:
                found = None if record is None else WheelTree.from_dict(record)
            except (KeyError, TypeError):
                found = None
            self._trees[wheel] = found or survey(wheel, self._environment)
        return self._trees[wheel]

    def _compile_task(
        self, wheel: WheelFile, interpreter: Interpreter, only: frozenset[str] | None
    ) -> CompileTask:
        chosen = None
        if only is not None:
            every = (f"{self._environment.prefix}/{path}" for path in self._tree(wheel).sources)
            chosen = tuple(sorted(only.intersection(every)))
        return CompileTask(
            wheel=wheel, environment=self._environment, interpreter=interpreter, only=chosen
        )

    def _cost(self, task: CompileTask) -> int:
        """Return about how much work *task* is; nothing only where there is no module."""
        sources = self._tree(task.wheel).sources
        if task.only is None:
            return sum(sources.values()) + len(sources)
        prefix = f"{self._environment.prefix}/"
        return sum(sources[path.removeprefix(prefix)] + 1 for path in task.only)

    def _compiled_before(self, key: Digest) -> Digest | None:
        record = self._cache.recall("bytecode", key)
        try:
            known = None if record is None else CompileResult.from_dict(record)
        except (KeyError, TypeError, ValueError):
            return None
        if known is None or self._cache.size_of(known.digest) != known.size:
            return None
        return known.digest


def _key(identity: Mapping[str, Any]) -> Digest:
    return digest_of(canonical_json({"transform": TRANSFORM, **identity}))


def _is_empty(layer: Layer) -> bool:
    return layer.uncompressed_size <= len(END)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
