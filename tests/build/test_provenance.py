"""The provenance of a build: complete, the same bytes every time, with no host and no time."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from tests.build.test_bill import LOCK
from tests.conftest import MakeImage

from boxwright import __version__
from boxwright.build.provenance import locked_provenance, provenance
from boxwright.image.compression import TRANSFORM
from boxwright.lock.model import LockedSource, LockedWheel
from boxwright.oci.digest import digest_of
from boxwright.plan.make import make_plan
from boxwright.plan.model import Plan
from boxwright.project.inspect import inspect, open_tree
from boxwright.project.revision import Revision
from boxwright.settings import Settings
from boxwright.store.cache import Cache

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REVISION = Revision(name=COMMIT, time=0, source="https://git.example.com/team/api")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "main.py").write_text("print('here')\n")
    tree = open_tree(tmp_path, Settings())
    return make_plan(
        inspect(tree, Settings()),
        Settings(name="api", version="1.0", entrypoint=("python", "main.py")),
        default_platform="linux/amd64",
    )


def predicate(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)["predicate"]
    return found


def test_all_that_went_in_is_named(plan: Plan, random_image: MakeImage) -> None:
    image = random_image(layers=1)

    statement = json.loads(provenance(plan, LOCK, image, REVISION))

    source = {
        "name": "source",
        "uri": "git+https://git.example.com/team/api",
        "digest": {"gitCommit": COMMIT},
    }
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"] == [{"name": "api", "digest": {"sha256": image.digest[7:]}}]
    definition = statement["predicate"]["buildDefinition"]
    assert definition["buildType"] == "urn:boxwright:build:v1"
    assert definition["externalParameters"]["source"] == source
    assert definition["externalParameters"]["settings"]["variant"] == "distroless"
    assert definition["internalParameters"] == {"suite": "trixie", "python": "3.13"}
    wheel = LOCK.wheels[0]
    assert wheel.digest is not None
    assert definition["resolvedDependencies"] == [
        source,
        {
            "name": "libc6_2.41-12+b1_amd64.deb",
            "uri": "pkg:deb/debian/libc6@2.41-12%2Bb1?arch=amd64&distro=debian-13&upstream=glibc%402.41-12",
            "digest": {"sha256": digest_of(b"libc6")[7:]},
        },
        {
            "name": wheel.file,
            "uri": f"pkg:pypi/{wheel.name}@{wheel.version}",
            "digest": {"sha256": wheel.digest[7:]},
        },
        {"name": "my-package", "uri": "pkg:pypi/my-package@1.0"},
    ]
    assert statement["predicate"]["runDetails"] == {
        "builder": {
            "id": "urn:boxwright:builder",
            "version": {"boxwright": __version__, "transform": TRANSFORM},
        }
    }


def test_changed_files_are_told(plan: Plan, random_image: MakeImage) -> None:
    dirty = dataclasses.replace(REVISION, name=f"{COMMIT}-dirty")

    found = predicate(provenance(plan, LOCK, random_image(layers=1), dirty))

    assert found["buildDefinition"]["externalParameters"]["source"] == {
        "name": "source",
        "uri": "git+https://git.example.com/team/api",
        "digest": {"gitCommit": COMMIT},
        "annotations": {"modified": True},
    }


def test_without_git_there_is_no_source(plan: Plan, random_image: MakeImage) -> None:
    found = predicate(provenance(plan, LOCK, random_image(layers=1), None))

    assert "source" not in found["buildDefinition"]["externalParameters"]


def test_what_is_built_from_source_is_named_without_credentials(
    plan: Plan, random_image: MakeImage
) -> None:
    sources = (
        LockedSource(
            kind="vcs", location="git+https://me:s3cret@git.example.com/a/b", revision=COMMIT
        ),
        LockedSource(kind="sdist", file="b-1.tar.gz", digest=digest_of(b"b"), size=1),
        LockedSource(kind="directory", location="../c"),
    )
    wheels = tuple(
        LockedWheel(name=name, version="1", source=source)
        for name, source in zip("abc", sources, strict=True)
    )
    lock = dataclasses.replace(LOCK, debs=(), wheels=wheels)

    found = predicate(provenance(plan, lock, random_image(layers=1), None))

    assert found["buildDefinition"]["resolvedDependencies"] == [
        {
            "name": "a",
            "uri": f"git+https://git.example.com/a/b@{COMMIT}",
            "digest": {"gitCommit": COMMIT},
        },
        {"name": "b-1.tar.gz", "uri": "pkg:pypi/b@1", "digest": {"sha256": digest_of(b"b")[7:]}},
        {"name": "c", "uri": "pkg:pypi/c@1"},
    ]


def test_the_same_inputs_give_the_same_bytes(
    plan: Plan, random_image: MakeImage, cache: Cache
) -> None:
    image = random_image(layers=1)

    first = locked_provenance(plan, LOCK, image, REVISION, cache=cache)
    again = locked_provenance(plan, LOCK, image, REVISION, cache=cache)
    other = locked_provenance(plan, LOCK, image, None, cache=cache)

    assert first == again == provenance(plan, LOCK, image, REVISION)
    assert other == provenance(plan, LOCK, image, None)
    assert other != first
