"""Wheels → layers: which are written, which are there already, and their byte code above them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict
from typing import Any

from boxwright.build.bytecode import (
    BytecodeLayerTask,
    CompileResult,
    CompileTask,
    compile_identity,
    write_bytecode_layer,
)
from boxwright.build.collisions import check_collisions
from boxwright.build.grouping import Unit, group
from boxwright.build.interpreter import Compiler
from boxwright.build.remembered import Remembered, find_layers, keep_layer
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
from boxwright.store.cache import BORROWED, Cache
from boxwright.wheel.filename import canonical_name
from boxwright.wheel.spread import Environment

_FIRST, _SOON = 1 << 60, 1 << 59
"""Costs that put a job before those that are ordered by their bytes."""

_TREE = 2
"""Raised when a wheel's tree is remembered in another form."""

Fetch = Callable[[Sequence[WheelFile]], Sequence[WheelFile]]
"""Returns wheels as they are on this machine, fetched where need be."""


def wheel_layers(
    files: Sequence[WheelFile],
    *,
    python: str,
    home: str = HOME,
    policy: LayerPlan,
    compiler: Compiler | None,
    cache: Cache,
    workers: int,
    progress: Progress,
    fetch: Fetch = list,
) -> list[Layer]:
    """
    Return the layers of an environment with *files*, lowest first, for *python* in *home*.

    First the empty environment, then the wheels; then, if *policy* asks for all byte
    code and there is a *compiler*, that of the wheels in the same order. The number
    of *workers* changes no byte. Those of *files* that have to be read are given to *fetch*
    first, all at once. Raises PackageError where a wheel is damaged or hostile, or where two of
    them install different files at one path.
    """
    units = _units(files, policy)
    environment = Environment(prefix=SITE, python=python)
    layers = [venv_layer(python, home=home, cache=cache)]
    with Workers(workers, cache) as pool:
        work = _Work(environment, cache, pool, progress, fetch)
        work.write(units, compiler if policy.bytecode == "all" else None, check=files)
        work.finish(check=files)
    return layers + work.layers(units)


def bytecode_layers(
    files: Sequence[WheelFile],
    *,
    python: str,
    policy: LayerPlan,
    compiler: Compiler,
    cache: Cache,
    workers: int,
    progress: Progress,
    only: frozenset[str] | None = None,
    fetch: Fetch = list,
) -> list[Layer]:
    """
    Return the byte-code layers that belong above those of `wheel_layers`.

    *only* are the sources that are worth compiling, by their absolute paths in the image.
    """
    units = _units(files, policy)
    environment = Environment(prefix=SITE, python=python)
    with Workers(workers, cache) as pool:
        work = _Work(environment, cache, pool, progress, fetch)
        work.compile(units, compiler, only)
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
        self,
        environment: Environment,
        cache: Cache,
        pool: Workers,
        progress: Progress,
        fetch: Fetch,
    ) -> None:
        self._environment = environment
        self._cache = cache
        self._pool = pool
        self._progress = progress
        self._fetch = fetch
        self._pending: dict[Future[dict[str, Any]], Callable[[dict[str, Any]], None]] = {}
        self._written: dict[Unit, Layer] = {}
        self._compiled: dict[Unit, Layer] = {}
        self._here: dict[WheelFile, WheelFile] = {}
        """Wheels as they are on this machine."""
        self._trees: dict[WheelFile, WheelTree] = {}
        self._borrowed_trees: dict[WheelFile, WheelTree] = {}
        """What others say that wheels have: good enough for what is not kept."""
        self._unwritten = 0

    def write(
        self, units: Sequence[Unit], compiler: Compiler | None, *, check: Sequence[WheelFile]
    ) -> None:
        """Have the layers of *units* written, and then their byte code by *compiler*."""
        keys = {unit: _key(self._layer_task(unit).identity()) for unit in units}
        found = find_layers(self._cache, [(key, unit.title) for unit, key in keys.items()])
        self._written |= _those_found(units, found)
        for unit in units:
            self._progress.start(unit.short_title, unit.size)
            if unit in self._written:
                self._progress.finish(unit.short_title, "reused")
        unwritten = [unit for unit in units if unit not in self._written]
        uncompiled = self._not_compiled(units, compiler, None) if compiler else []
        needed = [wheel for unit in unwritten for wheel in unit.wheels]
        if compiler is not None:
            needed += self._to_compile(uncompiled, compiler, None)
        if check and self._checked(check) is None:
            needed += self._without_tree(check)
        self._have(needed)
        for unit in unwritten:
            self._write(unit, keys[unit], compiler if unit in uncompiled else None)
        for unit in uncompiled:
            if compiler is not None and unit in self._written:
                self._compile(unit, compiler, None)

    def compile(
        self, units: Sequence[Unit], compiler: Compiler, only: frozenset[str] | None
    ) -> None:
        """Have the byte code of the wheels of *units* made, in layers of their own."""
        if only is not None:
            unknown = self._without_tree([wheel for unit in units for wheel in unit.wheels])
            self._have(unknown)
            for wheel in unknown:
                self._tree(wheel)
        uncompiled = self._not_compiled(units, compiler, only)
        self._have(self._to_compile(uncompiled, compiler, only))
        for unit in uncompiled:
            self._compile(unit, compiler, only)

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

    def _have(self, wheels: Iterable[WheelFile]) -> None:
        """See to it that *wheels* are on this machine."""
        missing = [wheel for wheel in dict.fromkeys(wheels) if wheel not in self._here]
        if missing:
            self._here |= zip(missing, self._fetch(missing), strict=True)

    def _layer_task(self, unit: Unit) -> LayerTask:
        return LayerTask(
            wheels=tuple(self._here.get(wheel, wheel) for wheel in unit.wheels),
            environment=self._environment,
            part=unit.part,
            parts=unit.parts,
        )

    def _write(self, unit: Unit, key: Digest, compiler: Compiler | None) -> None:
        def done(result: dict[str, Any]) -> None:
            written = LayerResult.from_dict(result)
            self._written[unit] = keep_layer(self._cache, key, written.layer, unit.title)
            self._progress.finish(unit.short_title, _size(written.layer.size))
            for wheel, tree in zip(unit.wheels, written.trees, strict=True):
                self._keep_tree(wheel, tree)
            self._unwritten -= 1
            if compiler is not None:
                self._compile(unit, compiler, None)

        self._unwritten += 1
        task = self._layer_task(unit)
        self._submit("layer", task.to_dict(), _FIRST + unit.size, unit.short_title, done)

    def _not_compiled(
        self, units: Sequence[Unit], compiler: Compiler, only: frozenset[str] | None
    ) -> list[Unit]:
        """Return those of *units* whose byte code is to be made, and find that of the others."""
        # The byte code of a wheel that is spread over several layers is in one.
        units = [unit for unit in units if not unit.part]
        keys = [self._bytecode_key(unit, compiler, only, self._any_tree) for unit in units]
        titles = [f"byte code of {unit.title}" for unit in units]
        found = find_layers(self._cache, list(zip(keys, titles, strict=True)))
        compiled = _those_found(units, found)
        for unit, layer in compiled.items():
            if not _is_empty(layer):
                short = f"byte code of {unit.short_title}"
                self._progress.start(short)
                self._progress.finish(short, "reused")
        self._compiled |= compiled
        return [unit for unit in units if unit not in compiled]

    def _to_compile(
        self, units: Sequence[Unit], compiler: Compiler, only: frozenset[str] | None
    ) -> Iterator[WheelFile]:
        """Yield the wheels of *units* that have to be read for their byte code."""
        for wheel in (wheel for unit in units for wheel in unit.wheels):
            tree = self._own_tree(wheel)
            if tree is None:
                if only is not None or self._compiled_before(wheel, compiler, None) is None:
                    yield wheel
                continue
            chosen = self._chosen(tree, only)
            if self._cost(tree, chosen) and self._compiled_before(wheel, compiler, chosen) is None:
                yield wheel

    def _compile(self, unit: Unit, compiler: Compiler, only: frozenset[str] | None) -> None:
        title, short = f"byte code of {unit.title}", f"byte code of {unit.short_title}"
        key = self._bytecode_key(unit, compiler, only, self._tree)
        compiled: dict[int, Digest | None] = {}
        jobs: list[tuple[int, WheelFile, tuple[str, ...] | None, int]] = []
        total = 0
        for n, wheel in enumerate(unit.wheels):
            known = None
            if only is None:
                known = self._compiled_before(wheel, compiler, None)
            if known is not None and self._own_tree(wheel) is None:
                compiled[n] = known
                continue
            tree = self._tree(wheel)
            chosen = self._chosen(tree, only)
            cost = self._cost(tree, chosen)
            total += cost
            known = known or self._compiled_before(wheel, compiler, chosen)
            if known is not None or not cost:
                compiled[n] = known if cost else None
            else:
                jobs.append((n, wheel, chosen, cost))

        def keep(remembered: Remembered) -> None:
            self._compiled[unit] = keep_layer(self._cache, key, remembered, title)
            if total:
                self._progress.finish(short, _size(remembered.size))

        def write_if_all_are_there() -> None:
            if len(compiled) < len(unit.wheels):
                return
            packs = [compiled[n] for n in range(len(unit.wheels))]
            task = BytecodeLayerTask(
                compiled=tuple(pack for pack in packs if pack is not None), python=compiler.python
            )
            if task.compiled:
                self._submit(
                    "bytecode-layer",
                    task.to_dict(),
                    _SOON + total,
                    short,
                    lambda result: keep(Remembered(**result)),
                )
            else:
                keep(write_bytecode_layer(task, self._cache))

        if total:
            self._progress.start(short, total)
            self._progress.advance(short, total - sum(cost for *_, cost in jobs))
        self._have(wheel for _, wheel, _, _ in jobs)
        for n, wheel, chosen, cost in jobs:
            task_key = self._task_key(wheel, compiler, chosen)

            def have(document: dict[str, Any], n: int = n, task_key: Digest = task_key) -> None:
                result = CompileResult.from_dict(document)
                self._cache.remember("bytecode", task_key, result.to_dict())
                compiled[n] = result.digest
                write_if_all_are_there()

            task = CompileTask(
                wheel=self._here[wheel],
                environment=self._environment,
                interpreter=compiler.interpreter,
                only=chosen,
            )
            self._submit("compile", task.to_dict(), cost, short, have)
        if not jobs:
            write_if_all_are_there()

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
        is_borrowed = self._checked(wheels)
        if is_borrowed is None:
            self._have(self._without_tree(wheels))
            trees = {wheel: self._any_tree(wheel) or self._tree(wheel) for wheel in wheels}
            check_collisions(trees, self._environment)
            key = self._check_key(wheels)
            is_borrowed = not self._trees.keys() >= trees.keys()
            if not is_borrowed:
                self._cache.remember("collisions", key, {})
            self._cache.use("collisions", key, {} if is_borrowed else None)
        # Those who change one wheel need to know what the others have.
        for wheel in wheels:
            key = self._tree_key(wheel)
            if self._cache.knows("wheels", key):
                self._cache.use("wheels", key)
            elif is_borrowed:
                self._cache.use("wheels", key, BORROWED)

    def _checked(self, wheels: Sequence[WheelFile]) -> bool | None:
        """Return who says that *wheels* do not collide: others (True) or we; None if nobody does."""
        key = self._check_key(wheels)
        if self._cache.recall("collisions", key) is not None:
            self._cache.use("collisions", key)
            return False
        if self._cache.shared and self._cache.shared.recall("collisions", key) is not None:
            self._cache.use("collisions", key, {})
            return True
        return None

    def _check_key(self, wheels: Sequence[WheelFile]) -> Digest:
        keys = sorted(self._tree_key(wheel) for wheel in wheels)
        return _key({"kind": "collisions", "wheels": keys})

    def _tree_key(self, wheel: WheelFile) -> Digest:
        return _key(
            {
                "kind": "tree",
                "format": _TREE,
                "environment": asdict(self._environment),
                "wheel": wheel.digest,
                "direct_url": wheel.direct_url,
            }
        )

    def _without_tree(self, wheels: Sequence[WheelFile]) -> list[WheelFile]:
        """Return those of *wheels* of which nobody knows what they have."""
        unknown = [wheel for wheel in wheels if self._own_tree(wheel) is None]
        if self._cache.shared is not None:
            self._cache.shared.expect("wheels", [self._tree_key(wheel) for wheel in unknown])
        return [wheel for wheel in unknown if self._any_tree(wheel) is None]

    def _tree(self, wheel: WheelFile) -> WheelTree:
        """Return what *wheel* has, from this machine's own knowledge or from itself."""
        found = self._own_tree(wheel)
        if found is None:
            self._have([wheel])
            found = survey(self._here[wheel], self._environment)
            self._keep_tree(wheel, found)
        return found

    def _any_tree(self, wheel: WheelFile) -> WheelTree | None:
        """Return what somebody knows that *wheel* has."""
        own = self._own_tree(wheel)
        if own is not None or self._cache.shared is None:
            return own
        if wheel not in self._borrowed_trees:
            found = _parsed_tree(self._cache.shared.recall("wheels", self._tree_key(wheel)))
            if found is not None:
                self._borrowed_trees[wheel] = found
        return self._borrowed_trees.get(wheel)

    def _own_tree(self, wheel: WheelFile) -> WheelTree | None:
        if wheel not in self._trees:
            found = _parsed_tree(self._cache.recall("wheels", self._tree_key(wheel)))
            if found is not None:
                self._trees[wheel] = found
        return self._trees.get(wheel)

    def _keep_tree(self, wheel: WheelFile, tree: WheelTree) -> None:
        self._cache.remember("wheels", self._tree_key(wheel), tree.to_dict())
        self._trees[wheel] = tree

    def _bytecode_key(
        self,
        unit: Unit,
        compiler: Compiler,
        only: frozenset[str] | None,
        tree_of: Callable[[WheelFile], WheelTree | None],
    ) -> Digest:
        tasks = []
        for wheel in unit.wheels:
            tree = None if only is None else tree_of(wheel)
            chosen = None if tree is None else self._chosen(tree, only)
            tasks.append(compile_identity(wheel, self._environment, compiler.digest, chosen))
        return _key({"kind": "bytecode", "tasks": tasks})

    def _chosen(self, tree: WheelTree, only: frozenset[str] | None) -> tuple[str, ...] | None:
        """Return those sources of *tree* that are among *only*; None for all of them."""
        if only is None:
            return None
        prefix = self._environment.prefix
        return tuple(sorted(only.intersection(f"{prefix}/{path}" for path in tree.sources)))

    def _cost(self, tree: WheelTree, chosen: tuple[str, ...] | None) -> int:
        """Return about how much work it is to compile; nothing only where there is no module."""
        if chosen is None:
            return sum(tree.sources.values()) + len(tree.sources)
        prefix = f"{self._environment.prefix}/"
        return sum(tree.sources[path.removeprefix(prefix)] + 1 for path in chosen)

    def _task_key(
        self, wheel: WheelFile, compiler: Compiler, chosen: tuple[str, ...] | None
    ) -> Digest:
        return _key(compile_identity(wheel, self._environment, compiler.digest, chosen))

    def _compiled_before(
        self, wheel: WheelFile, compiler: Compiler, chosen: tuple[str, ...] | None
    ) -> Digest | None:
        record = self._cache.recall("bytecode", self._task_key(wheel, compiler, chosen))
        try:
            known = None if record is None else CompileResult.from_dict(record)
        except (KeyError, TypeError, ValueError):
            return None
        if known is None or self._cache.size_of(known.digest) != known.size:
            return None
        return known.digest


def _those_found(units: Sequence[Unit], layers: Sequence[Layer | None]) -> dict[Unit, Layer]:
    return {unit: layer for unit, layer in zip(units, layers, strict=True) if layer is not None}


def _parsed_tree(record: dict[str, Any] | None) -> WheelTree | None:
    try:
        return None if record is None else WheelTree.from_dict(record)
    except ValueError:
        return None


def _key(identity: Mapping[str, Any]) -> Digest:
    return digest_of(canonical_json({"transform": TRANSFORM, **identity}))


def _is_empty(layer: Layer) -> bool:
    return layer.uncompressed_size <= len(END)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
