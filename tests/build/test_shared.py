"""Layers that were built elsewhere: what they are made of is fetched only where one is missing."""

from __future__ import annotations

import functools
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from boxwright.build.interpreter import Compiler, Interpreter
from boxwright.build.wheels import WheelFile, bytecode_layers, wheel_layers
from boxwright.errors import PackageError
from boxwright.image.image import Layer
from boxwright.oci.digest import digest_of
from boxwright.oci.reference import parse_reference
from boxwright.plan.model import LayerPlan
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.store.registry.push import WritableRepository
from boxwright.store.registry.shared import SharedCache
from boxwright.store.transport import Transport
from boxwright.wheel.filename import parse_wheel_filename

if TYPE_CHECKING:
    from tests.conftest import MakeWheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"/opt/venv/lib/python{PYTHON}/site-packages"
INTERPRETER = Interpreter(
    argv=(sys.executable, "-I", "-S", "-B"), env=(), python=PYTHON, digest=digest_of(b"this one")
)
NOWHERE = Path("/nowhere")


def wheel_file(path: Path) -> WheelFile:
    name, content = parse_wheel_filename(path.name), path.read_bytes()
    return WheelFile(
        name=name.name,
        version=name.version,
        path=path,
        digest=digest_of(content),
        size=len(content),
    )


class Machine:
    """A machine with an empty cache of its own that fetches wheels where it has to."""

    def __init__(self, folder: Path, repository: WritableRepository) -> None:
        self.cache = Cache(folder)
        self.repository = repository
        self.shared = SharedCache(repository, self.cache)
        self.cache.shared = self.shared
        self.fetched: list[str] = []
        self.opened = 0

    def build(
        self,
        wheels: Sequence[WheelFile],
        *,
        bytecode: str = "all",
        only: frozenset[str] | None = None,
    ) -> list[Layer]:
        paths = {wheel.name: wheel.path for wheel in wheels}

        def fetch(missing: Sequence[WheelFile]) -> list[WheelFile]:
            self.fetched += [wheel.name for wheel in missing]
            return [replace(wheel, path=paths[wheel.name]) for wheel in missing]

        def open_interpreter() -> Interpreter:
            self.opened += 1
            return INTERPRETER

        make: Callable[..., list[Layer]] = wheel_layers
        if only is not None:
            make = functools.partial(bytecode_layers, only=only)
        return make(
            [replace(wheel, path=NOWHERE, filename=wheel.path.name) for wheel in wheels],
            python=PYTHON,
            # Layers of their own for all but the smallest wheels.
            policy=LayerPlan(own_layer_from=600, bytecode=bytecode),
            compiler=Compiler(PYTHON, INTERPRETER.digest, open_interpreter),
            cache=self.cache,
            workers=1,
            progress=Silent(),
            fetch=fetch,
        )

    def leave(self) -> None:
        self.shared.publish(self.repository)


class MakeMachine(Protocol):
    def __call__(self) -> Machine: ...


@pytest.fixture
def machine(tmp_path: Path, registry: str) -> MakeMachine:
    name = f"{registry}/boxwright-test/layers-{uuid.uuid4().hex[:12]}"

    def make() -> Machine:
        repository = WritableRepository(parse_reference(name), Transport())
        return Machine(tmp_path / uuid.uuid4().hex, repository)

    return make


def digests(layers: Sequence[Layer]) -> list[str]:
    return [layer.blob.descriptor.digest for layer in layers]


@pytest.fixture
def wheels(make_wheel: MakeWheel) -> list[WheelFile]:
    return [
        wheel_file(make_wheel({f"{name}/__init__.py": f"x = '{name}'\n".encode()}, name=name))
        for name in ("one", "two", "three")
    ]


def test_nothing_is_fetched_that_is_in_layers_already(machine: MakeMachine, wheels) -> None:
    first, second = machine(), machine()
    made = first.build(wheels)
    first.leave()

    found = second.build(wheels)

    assert digests(found) == digests(made)
    assert (sorted(first.fetched), first.opened) == (["one", "three", "two"], 1)
    assert (second.fetched, second.opened) == ([], 0)
    assert all(layer.reused for layer in found)
    assert not (second.cache.root / "records").exists()


def test_of_changed_wheels_only_these_are_fetched(machine: MakeMachine, wheels, make_wheel) -> None:
    first, second = machine(), machine()
    first.build(wheels)
    first.leave()
    newer = wheel_file(make_wheel({"two/__init__.py": b"x = 2\n"}, name="two", version="2.0"))
    changed = [newer if wheel.name == "two" else wheel for wheel in wheels]

    found = second.build(changed)

    assert second.fetched == ["two"]
    alone = Machine(second.cache.root.with_name("alone"), second.repository)
    alone.cache.shared = None
    assert digests(found) == digests(alone.build(changed))


def test_what_a_build_found_elsewhere_is_left_for_others_with_what_it_made(
    machine: MakeMachine, wheels, make_wheel
) -> None:
    first, second, third = machine(), machine(), machine()
    first.build(wheels)
    first.leave()
    newer = wheel_file(make_wheel({"two/__init__.py": b"x = 2\n"}, name="two", version="2.0"))
    changed = [newer if wheel.name == "two" else wheel for wheel in wheels]
    made = second.build(changed)
    second.leave()

    assert digests(third.build(changed)) == digests(made)
    assert (third.fetched, third.opened) == ([], 0)


def test_collisions_are_found_without_the_wheels_that_are_in_layers(
    machine: MakeMachine, wheels, make_wheel
) -> None:
    first, second = machine(), machine()
    first.build(wheels)
    first.leave()
    intruder = wheel_file(make_wheel({"one/__init__.py": b"x = 'other'\n"}, name="intruder"))

    with pytest.raises(PackageError) as caught:
        second.build([*wheels, intruder])

    assert caught.value.message == (
        "wheels `intruder-1.0-py3-none-any.whl` and `one-1.0-py3-none-any.whl` both install"
        f" `{SITE}/one/__init__.py`, and not the same file"
    )
    assert second.fetched == ["intruder"]


def test_the_same_file_in_a_wheel_that_is_not_here_is_no_harm(
    machine: MakeMachine, wheels, make_wheel
) -> None:
    first, second = machine(), machine()
    first.build(wheels)
    first.leave()
    same = wheel_file(make_wheel({"one/__init__.py": b"x = 'one'\n"}, name="same"))

    second.build([*wheels, same])

    assert second.fetched == ["same"]


def test_a_tree_that_lies_leaves_no_trace_in_what_is_made_here(
    machine: MakeMachine, wheels
) -> None:
    first, second = machine(), machine()
    first.build(wheels, bytecode="none")
    for kind, key in list(first.cache.used):
        if kind == "wheels":
            first.cache.use(kind, key, {"paths": {}, "sources": {}})
    first.leave()

    found = second.build(wheels)

    alone = Machine(second.cache.root.with_name("alone"), second.repository)
    alone.cache.shared = None
    assert digests(found) == digests(alone.build(wheels))
    assert sorted(second.fetched) == ["one", "three", "two"]


def test_only_what_is_imported_is_found_too(machine: MakeMachine, wheels) -> None:
    first, second = machine(), machine()
    only = frozenset({f"{SITE}/one/__init__.py"})
    first.build(wheels, bytecode="imported")
    made = first.build(wheels, bytecode="imported", only=only)
    first.leave()

    found = second.build(wheels, bytecode="imported", only=only)

    assert digests(found) == digests(made)
    assert len(made) == 1
    assert (second.fetched, second.opened) == ([], 0)
