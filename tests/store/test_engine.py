"""Engines: found, told apart, given only what they lack."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from boxwright.errors import EngineError, StoreError
from boxwright.image.blob import FileBlob
from boxwright.image.image import Image, make_image
from boxwright.oci.config import ImageConfig
from boxwright.oci.platform import Platform
from boxwright.store.engine import (
    Engine,
    Search,
    find_engine,
    look_for_engine,
    look_for_named_engine,
    require_engine,
)
from boxwright.store.open import open_image
from boxwright.store.saved_stream import SavedStream

MIB = 1 << 20


def test_no_program_is_no_engine(tmp_path) -> None:
    found = look_for_engine({"PATH": str(tmp_path)})

    assert found == Search(
        engine=None,
        reason="there is no program `docker`; there is no program `podman`;"
        " there is no program `nerdctl`",
    )


def test_none_is_no_engine() -> None:
    found = look_for_engine({**os.environ, "BOXWRIGHT_ENGINE": "none"})

    assert found == Search(engine=None, reason="BOXWRIGHT_ENGINE is `none`")


def test_an_engine_that_is_asked_for_and_not_there_is_an_error_with_a_hint(tmp_path) -> None:
    environ = {"PATH": str(tmp_path), "BOXWRIGHT_ENGINE": "podman"}

    with pytest.raises(EngineError) as caught:
        require_engine(environ)

    assert caught.value.message == ("no container engine answers: there is no program `podman`")
    assert caught.value.hint == (
        "start Docker or podman, or write the image to a file with `--output image.tar`"
    )


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker")
def test_a_command_without_an_engine_is_no_engine() -> None:
    environ = {
        **os.environ,
        "BOXWRIGHT_ENGINE": "docker",
        "DOCKER_HOST": "unix:///nonexistent.sock",
    }

    assert find_engine(environ) is None
    assert "reaches no engine" in look_for_engine(environ).reason
    assert "/nonexistent.sock" in look_for_engine(environ).reason


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1", "#!/bin/sh\necho '[]'", "no program"])
def test_a_program_that_says_nothing_useful_is_no_engine(tmp_path, script: str) -> None:
    program = tmp_path / "docker"
    program.write_text(script)
    program.chmod(0o755)

    found = look_for_engine({"PATH": str(tmp_path), "BOXWRIGHT_ENGINE": str(program)})

    assert found.engine is None
    assert str(program) in found.reason


@pytest.fixture
def docker(engine: Engine) -> Engine:
    if engine.name != "docker":
        pytest.skip("the engine is not docker")
    return engine


@pytest.fixture
def tag(docker: Engine) -> Iterator[str]:
    """A name that no other test has; its image is removed afterwards."""
    name = f"boxwright-test-{uuid.uuid4().hex}:1"
    yield name
    subprocess.run(
        [docker.program, "image", "rm", "--force", name], capture_output=True, check=False
    )


def stacked(*images: Image, command: tuple[str, ...] = ()) -> Image:
    """Return an image of the layers of *images*."""
    config = ImageConfig(
        platform=Platform("linux", "amd64"), created="1980-01-01T00:00:01Z", entrypoint=command
    )
    return make_image(config, [layer for image in images for layer in image.layers], {})


def new_seed() -> int:
    """Return a number for an image that the engine has never seen."""
    return uuid.uuid4().int


def inspect(engine: Engine, name: str, what: str) -> str:
    command = [engine.program, "image", "inspect", "--format", what, name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.engine
def test_a_loaded_image_runs(docker, tag, random_image, cat_files: Mapping[str, bytes]) -> None:
    files = {**cat_files, "hello": b"hello\n"}
    image = random_image(new_seed(), files=files, command=("/bin/cat", "/hello"))

    loaded = docker.load(image, tag)

    done = subprocess.run(
        [docker.program, "run", "--rm", "--network=none", "--read-only", tag],
        capture_output=True,
        text=True,
    )
    assert (loaded.name, done.stdout, done.stderr) == (tag, "hello\n", "")


@pytest.mark.engine
def test_only_layers_that_the_engine_lacks_are_sent(docker, tag, random_image) -> None:
    if docker.storage != "layers":
        pytest.skip("an engine on containerd takes whole archives")
    base = random_image(new_seed(), layers=3, size=MIB)
    first = docker.load(stacked(base, random_image(new_seed(), layers=1)), tag)

    second = docker.load(stacked(base, random_image(new_seed(), layers=1)), tag)

    assert (first.skipped, second.skipped) == (0, 3)
    assert first.sent > 3 * MIB
    assert second.sent < 15_000


@pytest.mark.engine
def test_a_layer_that_is_also_further_up_is_sent(docker, tag, random_image) -> None:
    if docker.storage != "layers":
        pytest.skip("an engine on containerd takes whole archives")
    base, other = random_image(new_seed(), layers=2), random_image(new_seed(), layers=1)
    docker.load(base, tag)

    docker.load(stacked(base, other, base), tag)

    layers = inspect(docker, tag, "{{len .RootFS.Layers}}")
    assert layers == "5"


@pytest.mark.engine
def test_an_image_that_is_there_is_only_named(docker, tag, random_image) -> None:
    image = random_image(new_seed(), size=MIB)
    docker.load(image, None)

    loaded = docker.load(image, tag)

    assert (loaded.sent, loaded.skipped) == (0, 2)
    assert inspect(docker, tag, "{{.Id}}").startswith("sha256:")


@pytest.mark.engine
def test_an_image_without_a_name_is_known_by_its_id(docker, random_image) -> None:
    image = random_image(new_seed())

    loaded = docker.load(image, None)

    assert inspect(docker, loaded.name, "{{.Id}}") == loaded.name
    subprocess.run([docker.program, "image", "rm", loaded.name], check=True, capture_output=True)


@pytest.mark.engine
def test_an_image_whose_layers_lie_is_refused_in_the_engines_words(
    docker, tag, random_image
) -> None:
    image, other = random_image(new_seed()), random_image(new_seed())
    blob = image.layers[1].blob
    assert isinstance(blob, FileBlob)
    # As large as the true one, so that nobody but the engine can tell.
    with other.layers[1].blob.open() as file:
        content = file.read()
    blob.path.write_bytes(content[: blob.descriptor.size].ljust(blob.descriptor.size, b"\0"))

    with pytest.raises(EngineError) as caught:
        docker.load(image, tag)

    assert caught.value.message.startswith(f"docker {docker.version} did not load the image: ")
    assert caught.value.hint


@pytest.mark.engine
def test_a_layer_that_is_gone_is_named_and_nothing_is_loaded(docker, tag, random_image) -> None:
    image = random_image(new_seed())
    blob = image.layers[0].blob
    assert isinstance(blob, FileBlob)
    blob.path.unlink()

    with pytest.raises(StoreError) as caught:
        docker.load(image, tag)

    assert str(blob.path) in caught.value.message
    with pytest.raises(subprocess.CalledProcessError):
        inspect(docker, tag, "{{.Id}}")


@pytest.mark.engine
@pytest.mark.slow
def test_as_many_layers_as_we_allow_are_loaded(docker, tag, random_image) -> None:
    image = random_image(new_seed(), layers=125, size=10)

    docker.load(image, tag)

    assert inspect(docker, tag, "{{len .RootFS.Layers}}") == "125"


@pytest.fixture
def podman(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Podman with storage of its own, where it is installed and works."""
    folder = tmp_path_factory.mktemp("podman")
    settings = folder / "storage.conf"
    settings.write_text(
        f'[storage]\ndriver = "vfs"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/root"\n'
    )
    search = look_for_engine(
        {
            **os.environ,
            "BOXWRIGHT_ENGINE": "podman",
            "CONTAINERS_STORAGE_CONF": str(settings),
            # Where podman keeps it for a user who is not root.
            "HOME": str(folder),
            "XDG_DATA_HOME": f"{folder}/data",
        }
    )
    if search.engine is None:
        pytest.skip(search.reason)
    return search.engine


@pytest.mark.engine
def test_podman_loads_under_the_name_that_its_users_write(podman, random_image) -> None:
    image = random_image()

    first = podman.load(image, "name:1")
    again = podman.load(image, "ghcr.io/team/name:2")

    listed = subprocess.run(
        [podman.program, "images", "--format", "{{.Repository}}:{{.Tag}}"],
        env=dict(podman.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert sorted(listed) == ["ghcr.io/team/name:2", "localhost/name:1"]
    assert (first.name, first.sent > 0) == ("localhost/name:1", True)
    assert (again.name, again.sent) == ("ghcr.io/team/name:2", 0)


@pytest.mark.engine
def test_podman_saves_what_it_has(podman, random_image) -> None:
    image = random_image()
    podman.load(image, "name:1")

    kept = podman.inspect("name:1")
    found = open_image("name:1", environ=podman.environ)

    assert kept is not None
    assert (kept.id, kept.platform) == (image.config.descriptor.digest, image.platform)
    assert kept.diff_ids == tuple(layer.diff_id for layer in image.layers)
    assert isinstance(found, SavedStream)
    streamed, visited = found.read(lambda stream: len(stream.read()))
    assert streamed.config.content == image.config.content
    assert visited == (3584, 3584)
    assert podman.inspect("name:2") is None


def test_the_engine_that_is_named_is_looked_for(tmp_path) -> None:
    program = tmp_path / "docker"
    program.write_text("""#!/bin/sh\necho '{"store": {}, "version": {"Version": "4.3.1"}}'\n""")
    program.chmod(0o755)
    environ = {"PATH": str(tmp_path)}

    found = [look_for_named_engine(name, environ) for name in ("docker", "podman")]
    through = look_for_named_engine("podman", environ | {"BOXWRIGHT_ENGINE": str(program)})

    assert [search.reason for search in found] == [
        f"`{program}` is podman",
        "there is no program `podman`",
    ]
    assert through.engine is not None


def test_podman_by_the_name_of_docker_is_podman(tmp_path) -> None:
    program = tmp_path / "docker"
    program.write_text("""#!/bin/sh\necho '{"store": {}, "version": {"Version": "4.3.1"}}'\n""")
    program.chmod(0o755)

    found = find_engine({"PATH": str(tmp_path)})

    assert found is not None
    assert (found.name, found.version) == ("podman", "4.3.1")


def test_docker_on_containerd_is_told_apart(tmp_path) -> None:
    program: Path = tmp_path / "docker"
    program.write_text(
        """#!/bin/sh
echo '{"ServerVersion": "29.0.0", "Driver": "overlayfs",
       "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}'
"""
    )
    program.chmod(0o755)

    found = find_engine({"PATH": str(tmp_path)})

    assert found is not None
    assert found.storage == "blobs"
