"""Who else takes what we write: skopeo, umoci, buildah, containerd, a registry, Docker."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path

import pytest

from boxwright.image.validate import validate
from boxwright.store import archive, layout

pytestmark = [pytest.mark.engine, pytest.mark.oracle]


@pytest.fixture
def written(tmp_path: Path, random_image) -> Path:
    """A folder with `image.tar` and the layout `layout`, both of one image called `name:1`."""
    image = random_image(layers=3, size=10_000)
    archive.write(tmp_path / "image.tar", image, "name:1")
    layout.write(tmp_path / "layout", image, "name:1")
    return tmp_path


@pytest.mark.parametrize(
    "source", ["oci:layout:1", "oci-archive:image.tar:1", "oci-archive:image.tar"]
)
def test_skopeo_copies_it_without_a_change(written, random_image, run, source: str) -> None:
    kind, place = source.split(":", 1)

    run("skopeo", "copy", f"{kind}:{written / place}", f"oci:{written / 'copy'}:1")

    found = layout.read(written / "copy", "1")
    assert found.digest == random_image(layers=3, size=10_000).digest
    assert validate(found) == ()


def test_skopeo_takes_it_for_what_docker_saves(written, random_image, run) -> None:
    run(
        "skopeo",
        "copy",
        f"docker-archive:{written / 'image.tar'}:name:1",
        f"oci:{written / 'copy'}:1",
    )

    found = layout.read(written / "copy", "1")
    assert [layer.diff_id for layer in found.layers] == [
        layer.diff_id for layer in random_image(layers=3, size=10_000).layers
    ]


def test_skopeo_sees_the_same_layers(written, random_image, run) -> None:
    told = json.loads(run("skopeo", "inspect", f"oci:{written / 'layout'}:1"))

    image = random_image(layers=3, size=10_000)
    assert told["Digest"] == image.digest
    assert told["Layers"] == [layer.blob.descriptor.digest for layer in image.layers]


def test_what_skopeo_writes_is_read(written, random_image, run) -> None:
    run(
        "skopeo",
        "copy",
        f"oci:{written / 'layout'}:1",
        f"docker-archive:{written / 'docker.tar'}:name:1",
    )

    found = archive.read(written / "docker.tar", "name:1")

    assert [layer.diff_id for layer in found.layers] == [
        layer.diff_id for layer in random_image(layers=3, size=10_000).layers
    ]
    assert validate(found) == ()


def test_umoci_unpacks_it(written, run) -> None:
    run("umoci", "unpack", "--rootless", "--image", f"{written / 'layout'}:1", written / "bundle")

    files = (written / "bundle" / "rootfs" / "data" / "0").iterdir()
    assert sorted(path.name for path in files) == ["0", "1", "2"]


@pytest.mark.parametrize(
    "source", ["oci:layout:1", "oci-archive:image.tar", "docker-archive:image.tar"]
)
def test_buildah_pulls_it(written, run, source: str) -> None:
    kind, place = source.split(":", 1)
    storage = ["--root", written / "root", "--runroot", written / "run", "--storage-driver", "vfs"]

    run("buildah", *storage, "pull", f"{kind}:{written / place}")

    listed = json.loads(run("buildah", *storage, "images", "--json"))
    assert len(listed) == 1


def test_containerd_imports_it_under_its_name(written, engine, run) -> None:
    """Docker's own containerd, in a namespace of its own."""
    sockets = [Path("/run/containerd/containerd.sock")]
    host = engine.environ.get("DOCKER_HOST", "")
    if host.startswith("unix://"):
        folder = Path(host.removeprefix("unix://")).parent
        sockets.insert(0, folder / "exec" / "containerd" / "containerd.sock")
    socket = next((str(path) for path in sockets if path.exists()), None)
    if socket is None:
        pytest.skip("no containerd to talk to")
    ctr = ["ctr", "--address", socket, "--namespace", f"boxwright-{uuid.uuid4().hex}"]

    run(*ctr, "images", "import", "--no-unpack", written / "image.tar")

    names = run(*ctr, "images", "ls", "--quiet").split()
    assert names == ["docker.io/library/name:1"]
    run(*ctr, "images", "rm", *names)


def test_docker_loads_the_whole_archive(written, engine, run) -> None:
    name = f"boxwright-test-{uuid.uuid4().hex}:1"
    archive.write(written / "image.tar", layout.read(written / "layout"), name)

    told = run(engine.program, "load", "--input", written / "image.tar")

    assert name in told
    run(engine.program, "image", "rm", "--force", name)


def test_what_docker_saves_is_read(written, engine, run) -> None:
    image = layout.read(written / "layout")
    name = engine.load(image, f"boxwright-test-{uuid.uuid4().hex}:1").name
    run(engine.program, "save", "--output", written / "saved.tar", name)

    found = archive.read(written / "saved.tar")

    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]
    assert validate(found) == ()
    run(engine.program, "image", "rm", "--force", name)


def test_a_registry_keeps_the_digest_and_docker_runs_what_it_pulls(
    tmp_path, random_image, cat_files, engine, registry, run
) -> None:
    image = random_image(
        uuid.uuid4().int, files={**cat_files, "hello": b"hello\n"}, command=("/bin/cat", "/hello")
    )
    layout.write(tmp_path / "layout", image, "name:1")
    name = f"{registry}/boxwright-test/{uuid.uuid4().hex}"

    run(
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        f"oci:{tmp_path / 'layout'}:1",
        f"docker://{name}:1",
    )
    run(engine.program, "pull", "--quiet", f"{name}@{image.digest}")
    said = run(engine.program, "run", "--rm", "--network=none", f"{name}@{image.digest}")

    assert said == "hello\n"
    subprocess.run(
        [engine.program, "image", "rm", "--force", f"{name}@{image.digest}"],
        capture_output=True,
        check=False,
    )
