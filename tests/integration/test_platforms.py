"""One index for two platforms: built on this machine without emulation, whichever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.test_build import SMALL, boxwright, built, write_project

from boxwright.image.filesystem import open_tar
from boxwright.image.image import Image
from boxwright.image.validate import validate
from boxwright.lock.document import read_lock
from boxwright.oci.digest import digest_of
from boxwright.oci.platform import parse_platform
from boxwright.store import layout
from boxwright.store.stored import own_platform

pytestmark = [pytest.mark.network, pytest.mark.slow]

BOTH = "linux/amd64,linux/arm64"
MACHINES = {"amd64": 62, "arm64": 183}
"""The `e_machine` of ELF files."""
OWN = str(own_platform())
FOREIGN = next(name for name in BOTH.split(",") if name != OWN)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("platforms") / "cache"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder with a project, and the layout of its images in `image`."""
    folder = tmp_path_factory.mktemp("both")
    write_project(folder / "project", SMALL)
    digest = built(
        folder / "project", "--platform", BOTH, "-o", folder / "image", "-t", "x", cache=cache
    )
    (folder / "digest").write_text(digest)
    return folder


def image(folder: Path, platform: str) -> Image:
    return layout.read(folder / "image", platform=parse_platform(platform))


def files(image: Image) -> Iterator[tuple[str, bytes]]:
    """Yield the files of *image* with their contents."""
    for layer in image.layers:
        with open_tar(layer) as members:
            for member in members:
                content = members.extractfile(member) if member.isreg() else None
                if content is not None:
                    yield member.name, content.read()


def test_the_name_is_that_of_the_index_and_both_images_are_whole(both: Path) -> None:
    (entry,) = json.loads((both / "image" / "index.json").read_bytes())["manifests"]

    assert (both / "digest").read_text() == f"x@{entry['digest']}"
    for platform in BOTH.split(","):
        found = image(both, platform)
        assert str(found.platform) == platform
        assert validate(found) == ()


def test_a_cache_that_knows_nothing_gives_the_same(both: Path, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", SMALL)
    (project / "boxwright.lock").write_bytes((both / "project" / "boxwright.lock").read_bytes())

    digest = built(
        project, "--platform", "linux/arm64,linux/amd64", "--jobs", "1", "-t", "x",
        cache=tmp_path / "cache",
    )  # fmt: skip

    assert digest == (both / "digest").read_text()


@pytest.mark.parametrize("platform", [OWN, FOREIGN])
def test_alone_each_image_is_what_it_is_in_the_index(
    both: Path, cache: Path, tmp_path: Path, platform: str
) -> None:
    project = write_project(tmp_path / "project", SMALL)

    digest = built(project, "--platform", platform, "-o", tmp_path / "image", cache=cache)

    assert digest == f"small@{image(both, platform).digest}"
    lock = read_lock(project / "boxwright.lock")
    assert lock is not None
    assert [part.platform for part in lock.platforms] == [platform]
    # What makes the byte code of the foreign one is locked beside it.
    assert [part.platform for part in lock.helpers] == ([OWN] if platform == FOREIGN else [])


def test_each_has_the_bill_of_what_is_in_it(both: Path) -> None:
    for platform in BOTH.split(","):
        found = image(both, platform)
        told = {it.artifact_type: it for it in layout.read_referrers(both / "image", found.digest)}
        document = json.loads(told["application/vnd.cyclonedx+json"].blobs[0].open().read())
        assert document["metadata"]["component"]["version"] == found.digest


def test_the_settings_name_the_platforms_and_an_engine_is_told_what_it_gets(
    both: Path, cache: Path, tmp_path: Path
) -> None:
    settings = {"boxwright.toml": 'platform = ["linux/amd64", "linux/arm64"]\n'}
    project = write_project(tmp_path / "project", SMALL | settings)

    done = boxwright("build", project, "-t", "x", "--format", "json", cache=cache)

    document = json.loads(done.stdout)
    assert document["digest"] == (both / "digest").read_text().partition("@")[2]
    assert [one["platform"] for one in document["images"]] == BOTH.split(",")


def test_what_depends_on_no_processor_is_shared(both: Path) -> None:
    first, second = (
        {layer.created_by: layer.blob.descriptor.digest for layer in image(both, name).layers}
        for name in BOTH.split(",")
    )

    shared = {name for name, digest in first.items() if second.get(name) == digest}
    assert shared == {
        "virtual environment in /opt/venv, Python 3.13",
        "byte code of idna 3.10, markupsafe 3.0.3",
        "application: 1 files in /app",
    }


def test_what_depends_on_the_processor_is_for_the_right_one(both: Path) -> None:
    for platform in BOTH.split(","):
        machines = {
            path: int.from_bytes(content[18:20], "little")
            for path, content in files(image(both, platform))
            if content.startswith(b"\x7fELF")
        }

        assert len(machines) > 50
        assert set(machines.values()) == {MACHINES[parse_platform(platform).architecture]}


def test_byte_code_is_the_same_where_the_source_is(both: Path) -> None:
    first, second = (
        {path: digest_of(content) for path, content in files(image(both, name)) if is_python(path)}
        for name in BOTH.split(",")
    )
    differing = {path for path in {*first, *second} if first.get(path) != second.get(path)}

    assert sum(path.endswith(".pyc") for path in first) > 500
    assert {path.rpartition("/")[2].partition(".")[0] for path in differing} == {
        "_sysconfigdata__linux_aarch64-linux-gnu",
        "_sysconfigdata__linux_x86_64-linux-gnu",
    }


def is_python(path: str) -> bool:
    return path.endswith((".py", ".pyc"))
