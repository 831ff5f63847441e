"""The bill of materials of a lock: the same bytes every time, made once, and what a look finds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeImage

from boxwright.build.bill import locked_bill
from boxwright.cli.main import run
from boxwright.lock.model import LockedDeb, LockedWheel, PlatformLock
from boxwright.oci.digest import digest_of
from boxwright.store import layout
from boxwright.store.cache import Cache

ROOT = Path(__file__).parents[2]
LOCK = PlatformLock(
    platform="linux/amd64",
    suite="trixie",
    variant="distroless",
    python="3.13",
    debs=(
        LockedDeb(
            name="libc6",
            version="2.41-12+b1",
            architecture="amd64",
            archive="debian",
            path="pool/main/g/glibc/libc6_2.41-12+b1_amd64.deb",
            digest=digest_of(b"libc6"),
            size=1,
            role="base",
        ),
    ),
    wheels=(
        LockedWheel(
            name="typing-extensions",
            version="4.15.0",
            file="typing_extensions-4.15.0-py3-none-any.whl",
            digest=digest_of(b"wheel"),
            size=1,
        ),
        LockedWheel(name="my-package", version="1.0"),
    ),
)


def test_packages_have_versions_places_and_digests(cache: Cache, random_image: MakeImage) -> None:
    document = json.loads(locked_bill("app", LOCK, random_image(), cache=cache))

    found = {
        part["purl"]: (
            part["evidence"]["occurrences"][0]["location"],
            [each["content"] for each in part.get("hashes", [])],
        )
        for part in document["components"]
        if part["type"] == "library"
    }
    site = "opt/venv/lib/python3.13/site-packages"
    assert found == {
        "pkg:deb/debian/libc6@2.41-12%2Bb1?arch=amd64&distro=debian-13&upstream=glibc%402.41-12": (
            "var/lib/dpkg/status.d/libc6",
            [digest_of(b"libc6").partition(":")[2]],
        ),
        "pkg:pypi/typing-extensions@4.15.0": (
            f"{site}/typing_extensions-4.15.0.dist-info/METADATA",
            [digest_of(b"wheel").partition(":")[2]],
        ),
        "pkg:pypi/my-package@1.0": (f"{site}/my_package-1.0.dist-info/METADATA", []),
    }


def test_it_is_made_once_and_is_the_same_without_a_cache(
    cache: Cache, tmp_path: Path, random_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = random_image()
    made = locked_bill("app", LOCK, image, cache=cache)
    elsewhere = locked_bill("app", LOCK, image, cache=Cache(tmp_path / "other"))
    monkeypatch.setattr("boxwright.build.bill._document", None)

    assert locked_bill("app", LOCK, image, cache=cache) == made == elsewhere


def libraries(document: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(
        (part["purl"], part["version"])
        for part in document["components"]
        if part["type"] == "library"
    )


@pytest.mark.network
@pytest.mark.slow
def test_the_lock_tells_what_a_look_into_the_image_finds(
    tmp_path: Path,
    cache: Cache,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(ROOT / "examples" / "digits-api", tmp_path / "digits-api")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXWRIGHT_CACHE_DIR", str(cache.root))
    assert run(["build", "digits-api", "-q"]) == 0
    folder = tmp_path / "digits-api" / "dist" / "image"
    image = layout.read(folder)

    attached, provenance = layout.read_referrers(folder, image.digest)
    assert run(["scan", str(folder), "-q", "--sbom=cyclonedx", "-o", "found.json"]) == 0
    found = json.loads(Path("found.json").read_text("utf-8"))

    assert attached.artifact_type == "application/vnd.cyclonedx+json"
    assert provenance.artifact_type == "application/vnd.in-toto+json"
    assert libraries(json.loads(attached.blobs[0].open().read())) == libraries(found)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert run(["build", "digits-api", "-q"]) == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert run(["build", "digits-api", "-q", "--no-sbom", "--no-provenance"]) == 0
    assert layout.read_referrers(folder, image.digest) == ()
