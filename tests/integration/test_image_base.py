"""A service on a public image's stand-in, from a registry, in a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from tests.conftest import Run, StandIn
from tests.integration.generated import Docker

from boxwright.image.validate import validate
from boxwright.oci import annotations as keys
from boxwright.oci import media_type
from boxwright.store import layout

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
BASE = "python:3.11-slim-bookworm"
MAIN = """\
import getpass, json, os, sys

import markupsafe._speedups

print(json.dumps({
    "python": sys.version_info[:2],
    "prefix": sys.prefix,
    "base": sys.base_prefix,
    "user": [os.getuid(), getpass.getuser()],
    "compiled": os.path.exists(json.__cached__),
    "path": os.environ["PATH"].split(":")[0],
    "pip": any("dist-packages" in path for path in sys.path),
}))
"""


@pytest.fixture(scope="module")
def base(docker: Docker, stand_in: StandIn, registry: str) -> str:
    """The stand-in in the registry."""
    stand_in("python", BASE)
    name = f"{registry}/boxwright-test/{uuid.uuid4().hex}:3.11-slim"
    docker("tag", BASE, name)
    docker("push", name)
    docker.images.append(name)
    return name


@pytest.fixture
def project(tmp_path: Path, base: str) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        f'dependencies = ["markupsafe"]\n[tool.boxwright]\nbase = "{base}"\n'
        'entrypoint = ["python", "main.py"]\n'
    )
    return folder


def boxwright(cache: Path, *words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", *words],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def loaded(docker: Docker) -> str:
    name = f"boxwright-test/on-image:{uuid.uuid4().hex[:12]}"
    docker.images.append(name)
    return name


def test_it_runs_on_a_read_only_root_as_nobody_in_particular(
    docker: Docker, project: Path, direct_cache: Path, loaded: str
) -> None:
    boxwright(direct_cache, "build", project, "--load", "-t", loaded, "-q")

    said = docker("run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none", loaded)

    assert json.loads(said) == {
        "python": [3, 11],
        "prefix": "/opt/venv",
        "base": "/usr",
        "user": [65532, "nonroot"],
        "compiled": True,
        "path": "/opt/venv/bin",
        "pip": False,
    }


def test_the_base_is_as_its_registry_has_it_and_named(
    run: Run, project: Path, direct_cache: Path, base: str, tmp_path: Path
) -> None:
    boxwright(direct_cache, "build", project, "-o", tmp_path / "image", "-q")

    image = layout.read(tmp_path / "image")
    there = json.loads(run("skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{base}"))
    digest = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{base}"))[
        "Digest"
    ]
    manifest = json.loads(image.manifest.content)
    assert [layer["digest"] for layer in there["layers"]] == [
        layer["digest"] for layer in manifest["layers"][: len(there["layers"])]
    ]
    assert {layer["mediaType"] for layer in manifest["layers"]} == {media_type.LAYER_GZIP}
    assert manifest["annotations"][keys.BASE_NAME] == base
    assert manifest["annotations"][keys.BASE_DIGEST] == digest
    assert validate(image) == ()


def test_building_again_needs_no_registry_and_another_cache_makes_the_same(
    project: Path, direct_cache: Path, base: str, tmp_path: Path
) -> None:
    boxwright(direct_cache, "lock", project, "-q")
    first = boxwright(direct_cache, "build", project, "-o", tmp_path / "first", "-q")
    again = boxwright(direct_cache, "build", project, "--offline", "-o", tmp_path / "first", "-q")
    elsewhere = boxwright(tmp_path / "cache", "build", project, "-o", tmp_path / "other", "-q")

    assert first == again == elsewhere


def test_a_library_that_the_base_lacks_is_added_to_it(
    docker: Docker, project: Path, direct_cache: Path, loaded: str
) -> None:
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"markupsafe"', '"markupsafe", "lightgbm"'))
    (project / "main.py").write_text("import lightgbm; print(lightgbm.__version__)\n")

    boxwright(direct_cache, "build", project, "--load", "-t", loaded, "-q")

    assert 'name = "libgomp1"' in (project / "boxwright.lock").read_text()
    assert docker("run", "--rm", "--read-only", "--tmpfs", "/tmp", loaded)


def test_a_layout_is_a_base_too(
    docker: Docker, run: Run, project: Path, direct_cache: Path, base: str, loaded: str
) -> None:
    run("skopeo", "copy", "-q", "--src-tls-verify=false", f"docker://{base}",
        f"oci:{project / 'base'}:1")  # fmt: skip
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace(base, "oci:base:1"))
    (project / ".dockerignore").write_text("base\n")

    boxwright(direct_cache, "build", project, "--load", "-t", loaded, "-q")

    assert json.loads(docker("run", "--rm", "--read-only", loaded))["prefix"] == "/opt/venv"
