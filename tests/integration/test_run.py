"""What `boxwright build` makes, run by a real engine as hard as it can be run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from boxwright.lock.indexes import find_indexes
from boxwright.settings import Settings
from boxwright.store.engine import Engine

pytestmark = [pytest.mark.network, pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
HARDENED = (
    "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --user 65532"
    " --memory 512m --pids-limit 128"
).split()
STANDARD_LIBRARY = (
    "import ssl, sqlite3, ctypes, lzma, bz2, zoneinfo, multiprocessing, uuid, asyncio, getpass\n"
    "assert ssl.create_default_context().cert_store_stats()['x509_ca'] > 100\n"
    "assert zoneinfo.ZoneInfo('Europe/Berlin')\n"
    "assert sqlite3.connect(':memory:').execute('select 1').fetchone() == (1,)\n"
    "assert getpass.getuser() == 'nonroot'\n"
    "assert ctypes.CDLL('libc.so.6').getuid() == 65532\n"
    "if __name__ == '__main__':\n"
    "    with multiprocessing.Pool(2) as pool:\n"
    "        assert pool.map(abs, [-1, -2]) == [1, 2]\n"
    "    print('all there')\n"
)
IMPORTS = {
    "numpy": "numpy",
    "scikit-learn": "sklearn.linear_model",
    "opencv-python-headless": "cv2",
    "opencv-python": "cv2",
    "soundfile": "soundfile",
    "psycopg2-binary": "psycopg2",
    "lightgbm": "lightgbm",
    "xgboost-cpu": "xgboost",
}


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all builds here, so that bases and wheels are made once."""
    return tmp_path_factory.mktemp("cache")


def load(folder: Path, tag: str, cache: Path, *arguments: str, **environ: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "build", folder, "-t", tag, "--load", "-q", *arguments],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache), **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def ask(engine: Engine, *arguments: str, check: bool = True) -> str:
    done = subprocess.run([engine.program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout.strip()


def run(engine: Engine, tag: str) -> str:
    done = subprocess.run(
        [engine.program, "run", "--rm", *HARDENED, tag],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 126 and "OCI permission denied" in done.stderr:
        # A podman that may load images here, but may not start containers.
        lacking = pytest.fail if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE") else pytest.skip
        lacking(f"the engine starts no container: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("variant", ["distroless", "slim"])
@pytest.mark.parametrize(("requires", "python"), [(">=3.11", "3.13"), (">=3.11,<3.12", "3.11")])
def test_the_standard_library_works(
    engine, tmp_path, shared_cache, variant: str, requires: str, python: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "std"\nversion = "1"\nrequires-python = "{requires}"\n'
    )
    (tmp_path / "main.py").write_text(
        f"import sys\nassert sys.version.startswith('{python}')\n" + STANDARD_LIBRARY
    )
    load(tmp_path, f"std-{variant}:{python}", shared_cache, "--variant", variant)

    assert run(engine, f"std-{variant}:{python}") == "all there"


@pytest.mark.parametrize("distribution", IMPORTS)
def test_a_one_line_project_finds_its_system_libraries(
    engine, tmp_path, shared_cache, distribution: str
) -> None:
    (tmp_path / "requirements.txt").write_text(f"{distribution}\n")
    (tmp_path / "main.py").write_text(f"import {IMPORTS[distribution]}\nprint('imported')\n")
    tag = f"one-line-{distribution}:test"
    load(tmp_path, tag, shared_cache, "--bytecode", "none")

    try:
        assert run(engine, tag) == "imported"
    finally:
        ask(engine, "image", "rm", "-f", tag)


def test_torch_imports_where_the_wheel_asks_for_bookworm(engine, tmp_path, shared_cache) -> None:
    folders = find_indexes(Settings(), tmp_path, os.environ).local_folders()
    if not any(list(folder.glob("torch-2.13.0+cpu-cp311-*.whl")) for folder in folders):
        pytest.skip("no folder of find-links has a CPU wheel of torch")
    (tmp_path / "requirements.txt").write_text("torch==2.13.0+cpu\n")
    (tmp_path / "main.py").write_text("import torch\nprint(torch.ones(2).sum().item())\n")
    load(tmp_path, "torch-one-line:test", shared_cache, "--bytecode", "none")

    try:
        assert run(engine, "torch-one-line:test") == "2.0"
    finally:
        ask(engine, "image", "rm", "-f", "torch-one-line:test")


@pytest.fixture
def service(engine: Engine, tmp_path: Path, shared_cache: Path) -> Iterator[str]:
    """A container of examples/digits-api, run hardened; its name."""
    project = tmp_path / "digits-api"
    shutil.copytree(ROOT / "examples" / "digits-api", project)
    load(project, "digits-api:test", shared_cache)
    container = ask(engine, "run", "-d", *HARDENED, "-p", "127.0.0.1::8000", "digits-api:test")
    try:
        yield container
    finally:
        ask(engine, "rm", "-f", container)


def test_the_example_becomes_healthy_predicts_and_stops(engine, service: str) -> None:
    for _ in range(90):
        state = json.loads(ask(engine, "inspect", "--format", "{{json .State}}", service))
        if state["Health"]["Status"] == "healthy":
            break
        assert state["Running"], ask(engine, "logs", service, check=False)
        time.sleep(1)
    else:
        pytest.fail(ask(engine, "logs", service))
    address = ask(engine, "port", service, "8000/tcp").splitlines()[0]
    request = urllib.request.Request(
        f"http://{address}/predict",
        data=json.dumps({"pixels": [0.0] * 64}).encode(),
        headers={"Content-Type": "application/json"},
    )

    with urllib.request.urlopen(request) as response:  # noqa: S310
        prediction = json.load(response)
    ask(engine, "stop", "-t", "15", service)

    assert prediction["digit"] in range(10)
    assert ask(engine, "inspect", "--format", "{{.State.ExitCode}}", service) == "0"
