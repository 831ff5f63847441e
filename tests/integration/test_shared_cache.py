"""A clean machine beside a registry that has the layers: it builds and pushes without fetching."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_build import SMALL, boxwright, built, write_project

from boxwright.build.from_folder import lock_planned, plan_folder
from boxwright.build.from_plan import Inputs, build_image
from boxwright.errors import FetchError
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.oci.reference import parse_reference
from boxwright.progress import Silent
from boxwright.store import layout
from boxwright.store.cache import Cache
from boxwright.store.registry.push import Pushed, WritableRepository
from boxwright.store.registry.shared import SharedCache
from boxwright.store.transport import Transport

pytestmark = [pytest.mark.network, pytest.mark.slow]


@dataclass
class Machine:
    """A machine whose builds ask the registry."""

    cache: Cache
    repository: WritableRepository

    def build(self, project: Path, *, offline: bool, **overrides: str) -> Image:
        """Build *project*; if *offline*, nothing but the registry can be asked."""
        self.cache.shared = SharedCache(self.repository, self.cache)
        planned = plan_folder(
            project, overrides=dict(overrides), offline=offline, environ=os.environ
        )
        (lock,) = lock_planned(planned, cache=self.cache, progress=Silent()).platforms
        return build_image(
            planned.plan,
            lock,
            Inputs(
                folder=planned.folder,
                tree=planned.tree,
                revision=None,
                epoch=None,
                sources=planned.sources,
            ),
            cache=self.cache,
            progress=Silent(),
        )

    def push(self, image: Image) -> Pushed:
        pushed = self.repository.push_image(image, "1")
        assert isinstance(self.cache.shared, SharedCache)
        self.cache.shared.publish(self.repository)
        return pushed


@pytest.fixture(scope="module")
def name(registry: str) -> str:
    return f"{registry}/boxwright-test/clean-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def first(name: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Path]:
    """The machine that built and pushed first, and what."""
    folder = tmp_path_factory.mktemp("first")
    project = write_project(folder / "project", SMALL)
    machine = Machine(
        Cache(folder / "cache"), WritableRepository(parse_reference(name), Transport())
    )
    for bytecode in ("all", "imported"):
        machine.push(machine.build(project, offline=False, bytecode=bytecode))
    return machine, project


@pytest.fixture
def clean(name: str, tmp_path: Path) -> Machine:
    return Machine(
        Cache(tmp_path / "clean"), WritableRepository(parse_reference(name), Transport())
    )


@pytest.fixture
def project(first: tuple[Machine, Path], tmp_path: Path) -> Path:
    """Return what was built first, with its lock."""
    return Path(shutil.copytree(first[1], tmp_path / "project"))


def write(project: Path, files: Mapping[str, Any]) -> None:
    for path, text in files.items():
        (project / path).write_text(text)


def blobs(machine: Machine) -> int:
    return sum(1 for _ in machine.cache.root.glob("blobs/sha256/*"))


@pytest.mark.parametrize("bytecode", ["all", "imported"])
def test_nothing_is_fetched_and_nothing_is_sent(first, clean, project, bytecode) -> None:
    image = clean.build(project, offline=True, bytecode=bytecode)

    pushed = clean.push(image)

    assert image.digest == first[0].build(project, offline=True, bytecode=bytecode).digest
    assert (pushed.sent, pushed.uploaded) == (0, 0)
    assert blobs(clean) == 0


def test_a_changed_application_takes_the_interpreter_and_no_wheel(first, clean, project) -> None:
    write(project, {"main.py": "import idna\nprint('changed', idna)\n"})
    with pytest.raises(FetchError, match=r"Debian package .* is not in the cache"):
        clean.build(project, offline=True)

    image = clean.build(project, offline=False)

    assert image.digest == first[0].build(project, offline=True).digest
    assert [layer.reused for layer in image.layers] == [True] * (len(image.layers) - 1) + [False]
    packages = {path.read_bytes()[:7] for path in clean.cache.root.glob("blobs/sha256/*")}
    assert packages == {b"!<arch>", b"\x1f\x8b\x08\x00\x00\x00\x00"}


def test_what_is_imported_is_found_out_with_nothing_that_others_made(first, clean, project) -> None:
    write(project, {"main.py": "import markupsafe\n"})

    image = clean.build(project, offline=False, bytecode="imported")

    assert image.digest == first[0].build(project, offline=True, bytecode="imported").digest
    assert not any(layer.reused for layer in image.layers[:2])


def test_a_layout_is_streamed_from_the_registry(first, clean, project, tmp_path) -> None:
    image = clean.build(project, offline=True)

    layout.write(tmp_path / "image", image, "small:1")

    assert validate(layout.read(tmp_path / "image")) == ()
    assert blobs(clean) == len(image.layers)


def test_the_command_takes_layers_from_a_repository(first, project, name, tmp_path) -> None:
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    cache, output = tmp_path / "cache", tmp_path / "image"

    printed = built(
        project, "-o", output, "--cache-from", name,
        cache=cache, environ={**nowhere, "no_proxy": "127.0.0.1"},
    )  # fmt: skip

    assert printed == built(project, "-o", output, cache=first[0].cache.root)


def test_a_registry_that_is_gone_costs_a_note(first, project, tmp_path) -> None:
    done = boxwright(
        "build", project, "-o", tmp_path / "image", "--cache-from", "127.0.0.1:9/nobody/there",
        cache=first[0].cache.root,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
