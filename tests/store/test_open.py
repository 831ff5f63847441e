"""Images by name: wherever they are, and what is told where they are not."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from tests.store.registries import Served, serving

from boxwright.errors import EngineError, StoreError
from boxwright.image.blob import bytes_blob
from boxwright.image.decompress import decompressed
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.oci.platform import Platform
from boxwright.store import archive, layout
from boxwright.store.engine import Engine
from boxwright.store.open import Opener, open_image
from boxwright.store.saved_stream import SavedStream
from boxwright.store.transport import Transport


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine without an engine and without a home."""
    return {
        "HOME": str(tmp_path / "home"),
        "PATH": str(tmp_path / "bin"),
        "BOXWRIGHT_ENGINE": "none",
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, random_image) -> Path:
    """A folder, where we are, with one image in every form."""
    image = random_image()
    folder = tmp_path / "here"
    folder.mkdir()
    layout.write(folder / "layout", image, "team/api:1")
    archive.write(folder / "api.tar", image, "team/api:1")
    content = (folder / "api.tar").read_bytes()
    (folder / "api.tar.gz").write_bytes(gzip.compress(content))
    (folder / "odd:name@1.tar").write_bytes(content)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as registry:
        yield registry


def diff_id(stream: IO[bytes]) -> str:
    source = decompressed(stream)
    return bytes_blob("", b"".join(iter(lambda: source.read(1 << 20), b""))).descriptor.digest


def outcomes(image: Image) -> tuple[str, ...]:
    return tuple(layer.diff_id for layer in image.layers)


@pytest.mark.parametrize(
    "name",
    [
        "layout",
        "./layout",
        "{here}/layout",
        "layout:1",
        "layout:team/api:1",
        "layout@{digest}",
        "oci:layout",
        "oci:layout:1",
        "api.tar",
        "api.tar:team/api:1",
        "api.tar:docker.io/team/api:1",
        "api.tar@{digest}",
        "oci-archive:api.tar",
        "docker-archive:api.tar:team/api:1",
        "odd:name@1.tar",
        "odd:name@1.tar:1",
    ],
)
def test_what_is_on_disk_is_read_at_random(here, environ, random_image, name: str) -> None:
    image = random_image()

    found = open_image(name.format(here=here, digest=image.digest), environ=environ)

    assert isinstance(found, Image)
    assert (found.digest, validate(found)) == (image.digest, ())


@pytest.mark.parametrize(
    "name", ["api.tar.gz", "api.tar.gz:team/api:1", "docker-archive:api.tar.gz"]
)
def test_a_packed_archive_streams(here, environ, random_image, name: str) -> None:
    found = open_image(name, environ=environ)

    assert isinstance(found, SavedStream)
    assert (found.image_id, found.diff_ids) == (None, None)
    image, visited = found.read(diff_id)
    assert (image.digest, visited) == (random_image().digest, outcomes(random_image()))


def test_a_pipe_streams(here, environ, random_image) -> None:
    os.mkfifo("pipe")
    content = (here / "api.tar").read_bytes()
    writer = threading.Thread(target=lambda: (here / "pipe").write_bytes(content))
    writer.start()

    found = open_image("./pipe", environ=environ)
    assert isinstance(found, SavedStream)
    image, visited = found.read(diff_id)
    writer.join()

    assert (image.digest, visited) == (random_image().digest, outcomes(random_image()))


@pytest.mark.parametrize("file", ["api.tar", "api.tar.gz"])
def test_standard_input_streams(here, environ, random_image, monkeypatch, file: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((here / file).read_bytes())))

    found = open_image("-", environ=environ)

    assert isinstance(found, SavedStream)
    image, visited = found.read(diff_id)
    assert (image.digest, visited) == (random_image().digest, outcomes(random_image()))


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("", "`` is no name of an image", "name a folder, an archive or a reference"),
        ("--help", "`--help` is no name of an image", "name a folder, an archive or a reference"),
        ("./gone", "there is nothing at `./gone`", "check the path"),
        ("oci:gone", "there is no folder `gone`", "check the path"),
        ("oci:api.tar", "there is no folder `api.tar`", "check the path"),
        ("oci-archive:layout", "there is no file `layout`", "check the path"),
        (
            "./empty",
            "`empty` is no OCI image layout: it has no file `oci-layout`",
            "name a folder that was written with `--output`",
        ),
        (
            "layout:2",
            "the layout `layout` holds no image `2`",
            "it holds `docker.io/team/api:1`",
        ),
        (
            "podman:name",
            "`name` cannot be had from podman: there is no program `podman`",
            "start podman, or name the image without `podman:`",
        ),
        (
            "docker-daemon:name",
            "`name` cannot be had from docker: there is no program `docker`",
            "start docker, or name the image without `docker-daemon:`",
        ),
    ],
)
def test_what_is_nowhere_is_told(here, environ, name: str, message: str, hint: str) -> None:
    (here / "empty").mkdir()

    with pytest.raises(StoreError) as caught:
        open_image(name, environ=environ)

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_what_is_no_reference_is_told(environ) -> None:
    with pytest.raises(StoreError) as caught:
        open_image("A B", environ=environ)

    assert caught.value.message == (
        "no image `A B` was found: there is no such archive or layout; no engine answers"
        " (BOXWRIGHT_ENGINE is `none`); `A B` is no image reference: its name `A B` is not allowed"
    )
    assert caught.value.hint.startswith("write `a-b`;")


@pytest.fixture
def offline() -> Transport:
    return Transport(offline=True, environ={})


@pytest.mark.parametrize("prefix", ["", "docker://", "registry:"])
def test_a_reference_is_read_from_its_registry(environ, served, random_image, prefix: str) -> None:
    served.put(random_image(), "1")

    found = open_image(f"{prefix}{served.host}/team/api:1", environ=environ)

    assert isinstance(found, Image)
    assert (found.digest, validate(found)) == (random_image().digest, ())


def test_a_reference_that_is_nowhere_says_where_it_was_looked_for(environ, served) -> None:
    with pytest.raises(StoreError) as caught:
        open_image(f"{served.host}/team/api:1", environ=environ)

    assert caught.value.message == (
        f"no image `{served.host}/team/api:1` was found: there is no such archive or layout;"
        " no engine answers (BOXWRIGHT_ENGINE is `none`);"
        f" the manifest `1` of `{served.host}/team/api` is not in the registry"
    )


def test_a_folder_of_a_project_is_no_image(here, environ, offline) -> None:
    """A project `redis` has a folder of that name, and needs the image."""
    (here / "redis").mkdir()

    with pytest.raises(StoreError, match="no image `redis` was found"):
        open_image("redis", environ=environ, transport=offline)


@pytest.mark.parametrize("name", ["registry:2", "docker:29-dind"])
def test_a_public_image_may_be_called_like_a_prefix(environ, name: str, offline) -> None:
    with pytest.raises(StoreError, match=f"no image `{name}` was found"):
        open_image(name, environ=environ, transport=offline)


def fake_engine(folder: Path, image: str, *, save: str = "exit 7") -> None:
    """Have a program `docker` that tells *image* of any name, and saves as the script *save* does."""
    folder.mkdir(exist_ok=True)
    program = folder / "docker"
    program.write_text(
        f"""#!/bin/sh
case "$1" in
info) echo '{{"ServerVersion": "99.0"}}';;
image) {image};;
save) {save};;
esac
"""
    )
    program.chmod(0o755)


INSPECTED = {
    "Id": "sha256:" + 64 * "1",
    "Os": "linux",
    "Architecture": "arm64",
    "Variant": "v8",
    "Size": 1000,
    "RootFS": {"Type": "layers", "Layers": ["sha256:" + 64 * "2"]},
}


@pytest.fixture
def with_engine(tmp_path: Path) -> dict[str, str]:
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(tmp_path / "home"), "PATH": path, "BOXWRIGHT_ENGINE": "docker"}


def test_what_an_engine_has_is_told_before_it_streams(tmp_path, with_engine) -> None:
    fake_engine(tmp_path / "bin", f"echo '{json.dumps([INSPECTED])}'")

    found = open_image("name:1", environ=with_engine)

    assert isinstance(found, SavedStream)
    assert (found.image_id, found.diff_ids) == (INSPECTED["Id"], ("sha256:" + 64 * "2",))


@pytest.mark.parametrize(
    ("save", "message"),
    [
        ("echo no room left >&2; exit 7", "docker 99.0 did not save `name:1`: no room left"),
        ("exit 7", "docker 99.0 did not save `name:1`: status 7"),
        ("cat half.tar; echo gone >&2; exit 1", "docker 99.0 did not save `name:1`: gone"),
        ("cat whole.tar; echo late >&2; exit 1", "docker 99.0 did not save `name:1`: late"),
        ("cat half.tar", "`name:1` of docker has no end"),
        ("echo hello", "`name:1` of docker cannot be read: it is no tar, and neither gzip nor"),
    ],
)
def test_an_engine_that_fails_is_told_in_its_own_words(
    tmp_path, with_engine, random_image, monkeypatch, save: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    fake_engine(tmp_path / "bin", f"echo '{json.dumps([INSPECTED])}'", save=save)
    archive.write(tmp_path / "whole.tar", random_image(), "name:1")
    whole = (tmp_path / "whole.tar").read_bytes()
    (tmp_path / "half.tar").write_bytes(whole[: len(whole) // 2])

    found = open_image("name:1", environ=with_engine)

    assert isinstance(found, SavedStream)
    with pytest.raises(StoreError) as caught:
        found.read(diff_id)
    assert caught.value.message.startswith(message)


def test_an_engine_is_stopped_when_nobody_reads_on(tmp_path, with_engine, random_image) -> None:
    archive.write(tmp_path / "whole.tar", random_image(), "name:1")
    save = f"echo $$ >{tmp_path}/pid; cat {tmp_path}/whole.tar; exec cat /dev/zero"
    fake_engine(tmp_path / "bin", f"echo '{json.dumps([INSPECTED])}'", save=save)

    class Enough(Exception):  # noqa: N818 (no error)
        pass

    def visit(stream: IO[bytes]) -> None:
        raise Enough

    found = open_image("name:1", environ=with_engine)
    assert isinstance(found, SavedStream)
    with pytest.raises(Enough):
        found.read(visit)

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_an_image_of_another_platform_is_had_from_the_registry(
    tmp_path, with_engine, served, random_image
) -> None:
    served.put(random_image(), "1")
    fake_engine(tmp_path / "bin", f"echo '{json.dumps([INSPECTED])}'")
    name = f"{served.host}/team/api:1"

    found = open_image(name, environ=with_engine, platform=Platform("linux", "amd64"))

    assert isinstance(found, Image)
    with pytest.raises(StoreError) as caught:
        open_image(
            f"docker-daemon:{name}", environ=with_engine, platform=Platform("linux", "amd64")
        )
    assert caught.value.message == f"docker has `{name}` for linux/arm64/v8, not for linux/amd64"


@pytest.mark.parametrize("image", ["echo no such image >&2; exit 1", "echo '[]'", "exit 9"])
def test_an_engine_without_the_image_leaves_it_to_the_registry(
    tmp_path, with_engine, served, random_image, image: str
) -> None:
    served.put(random_image(), "1")
    fake_engine(tmp_path / "bin", image)

    found = open_image(f"{served.host}/team/api:1", environ=with_engine)

    assert isinstance(found, Image)
    assert found.digest == random_image().digest


def test_an_engine_that_is_named_and_fails_is_an_error(tmp_path, with_engine) -> None:
    fake_engine(tmp_path / "bin", "echo out of order >&2; exit 9")

    for name in ("docker-daemon:team/name", "docker:team/name"):
        with pytest.raises(EngineError) as caught:
            open_image(name, environ=with_engine)
        assert caught.value.message == ("docker 99.0 did not tell of `team/name`: out of order")


def test_what_refers_to_an_image_is_asked_where_the_image_is(
    here, environ, served, random_image
) -> None:
    served.put(random_image(), "1")
    opener = Opener(environ=environ)
    names = ("layout", "api.tar", "api.tar.gz", "-", f"{served.host}/team/api:1")

    assert [opener.read_referrers(name, random_image()) for name in names] == [()] * 5


PEAK = """
import re, sys
from pathlib import Path
from boxwright.image.decompress import decompressed
from boxwright.store.open import open_image

def visit(stream):
    source = decompressed(stream)
    while source.read(1 << 20):
        pass

found = open_image(sys.argv[1], environ={"BOXWRIGHT_ENGINE": "none"})
found.read(visit) if hasattr(found, "read") else [visit(layer.blob.open()) for layer in found.layers]
print(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.parametrize("packed", [True, False])
def test_a_large_image_takes_little_memory(tmp_path, random_image, packed: bool) -> None:
    image = random_image(layers=2, files={"zeros": bytes(300 << 20)})
    path = tmp_path / "a.tar"
    archive.write(path, image, "a")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes(), 1))

    done = subprocess.run(
        [sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < 60_000


@pytest.fixture
def written(tmp_path: Path, random_image) -> Path:
    """A folder with the layout `layout` of an image called `name:1`."""
    layout.write(tmp_path / "layout", random_image(layers=3, size=10_000), "name:1")
    return tmp_path


@pytest.mark.engine
@pytest.mark.oracle
@pytest.mark.parametrize(
    "target",
    ["oci:out:1", "oci-archive:out.tar:name:1", "docker-archive:out.tar:name:1"],
)
@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_what_skopeo_writes_is_read(
    written, environ, random_image, run, target: str, packing: str
) -> None:
    kind, place = target.split(":", 1)
    options = ["--dest-compress-format", packing] if kind == "oci" else []
    run("skopeo", "copy", *options, f"oci:{written / 'layout'}:1", f"{kind}:{written / place}")

    for name in (f"{written / place}", f"{kind}:{written / place}"):
        found = open_image(name, environ=environ)
        assert isinstance(found, Image)
        assert (outcomes(found), validate(found)) == (
            outcomes(random_image(layers=3, size=10_000)),
            (),
        )


@pytest.mark.engine
@pytest.mark.oracle
def test_what_umoci_writes_is_read(written, environ, random_image, run) -> None:
    run("umoci", "tag", "--image", f"{written / 'layout'}:1", "2")
    (written / "file").write_text("new")
    run(
        "umoci",
        "insert",
        "--rootless",
        "--image",
        f"{written / 'layout'}:2",
        written / "file",
        "/new",
    )

    found = open_image(f"{written / 'layout'}:2", environ=environ)

    assert isinstance(found, Image)
    assert len(found.layers) == 4
    assert validate(found) == ()


@pytest.mark.engine
@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["oci", "oci-archive", "docker-archive"])
def test_what_buildah_writes_is_read(written, environ, random_image, run, kind: str) -> None:
    storage = ["--root", written / "root", "--runroot", written / "run", "--storage-driver", "vfs"]
    run("buildah", *storage, "pull", f"oci:{written / 'layout'}:1")
    [listed] = json.loads(run("buildah", *storage, "images", "--json"))
    run("buildah", *storage, "push", listed["id"], f"{kind}:{written / 'out'}:name:1")

    found = open_image(f"{written / 'out'}", environ=environ)

    assert isinstance(found, Image)
    assert outcomes(found) == outcomes(random_image(layers=3, size=10_000))
    assert validate(found) == ()


@pytest.fixture
def loaded(engine: Engine, random_image) -> Iterator[tuple[str, Image]]:
    """An image that the engine has."""
    image = random_image(uuid.uuid4().int, layers=2, size=100_000)
    name = engine.load(image, f"boxwright-test-{uuid.uuid4().hex}:1").name
    yield name, image
    subprocess.run(
        [engine.program, "image", "rm", "--force", name], capture_output=True, check=False
    )


@pytest.mark.engine
def test_an_engine_gives_what_it_has(loaded, engine: Engine) -> None:
    name, image = loaded

    found = open_image(name, environ=engine.environ)

    assert isinstance(found, SavedStream)
    assert found.diff_ids == outcomes(image)
    streamed, visited = found.read(diff_id)
    assert (streamed.config.content, visited) == (image.config.content, outcomes(image))
    if engine.storage == "layers":
        assert found.image_id == streamed.config.descriptor.digest


@pytest.mark.engine
def test_an_engine_that_has_it_not_is_passed_over(engine: Engine, served, random_image) -> None:
    served.put(random_image(), "1")

    found = open_image(f"{served.host}/team/api:1", environ=engine.environ)

    assert isinstance(found, Image)
    with pytest.raises(StoreError, match=f"{engine.name} has no image `boxwright-none:1`"):
        open_image(f"{engine.name}:boxwright-none:1", environ=engine.environ)
