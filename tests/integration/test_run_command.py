"""`boxwright run` of examples, with a real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from boxwright.run.client import Client
from boxwright.store.engine import Engine

pytestmark = [pytest.mark.network, pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
REQUEST = """
[[tool.boxwright.smoke.requests]]
path = "/predict"
json = { pixels = [%s] }
expect-json = { digit = %s }
"""
NOTHING = ", ".join(["0"] * 64)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """Return a copy of examples/digits-api."""
    if engine.name == "podman":
        pytest.skip("needs an engine that starts containers here: Docker")
    folder = tmp_path_factory.mktemp("run") / "digits-api"
    shutil.copytree(ROOT / "examples" / "digits-api", folder)
    return folder


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all builds here."""
    return tmp_path_factory.mktemp("cache")


def boxwright(
    cache_folder: Path, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boxwright", "run", folder, "-q", *arguments],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache_folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_passes_its_smoke_test_and_fails_one_with_a_wrong_answer(
    project, cache_folder
) -> None:
    settings = project / "pyproject.toml"
    plain = settings.read_text()

    passed = boxwright(cache_folder, project, "--smoke", "--format", "json")
    settings.write_text(plain + REQUEST % (NOTHING, 99))
    failed = boxwright(cache_folder, project, "--smoke", "--format", "json")
    settings.write_text(plain)

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert {it["what"] for it in json.loads(passed.stdout)["results"]} == {
        *("start", "log", "GET /health/ready", "user", "capabilities", "privileges"),
        *("root file system", "memory", "stop"),
    }
    assert failed.returncode == 1, failed.stdout + failed.stderr
    wrong = [it for it in json.loads(failed.stdout)["results"] if it["outcome"] == "failed"]
    assert [it["what"] for it in wrong] == ["POST /predict"]
    assert wrong[0]["detail"].endswith("where `99` is expected")


def test_the_example_is_left_running_and_answers(project, cache_folder, engine) -> None:
    done = boxwright(cache_folder, project, "--detach", "--publish", ":8000")

    name, address = done.stdout.split()
    try:
        request = urllib.request.Request(  # noqa: S310 (of this machine)
            f"{address}/predict",
            data=json.dumps({"pixels": [0.0] * 64}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            prediction = json.load(response)
    finally:
        Client(engine=engine).remove(name)
    assert done.returncode == 0, done.stderr
    assert prediction["digit"] in range(10)
