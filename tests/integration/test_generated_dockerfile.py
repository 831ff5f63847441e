"""Generated Dockerfiles, built by a real BuildKit and run hardened, beside the direct build."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import StandIn

from boxwright.build.from_folder import lock_planned, plan_folder
from boxwright.image.image import Image
from boxwright.lock.export import requirements_text
from boxwright.plan.model import Plan, PublicImages
from boxwright.progress import Silent
from boxwright.project.context import find_ignored
from boxwright.render.dockerfile import render_dockerfile
from boxwright.render.dockerignore import needed_files, render_dockerignore
from boxwright.render.model import Surroundings
from boxwright.store import layout
from boxwright.store.cache import Cache
from boxwright.store.engine import Engine
from boxwright.syntax.requirements import normalised

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PYTHON = "python:3.13.9-slim-trixie"
UV = "ghcr.io/astral-sh/uv:0.13.9"
HARDENED = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
)  # fmt: skip
LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
)

APP = {
    "app/__init__.py": "",
    "app/main.py": """\
import idna
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    return {"ready": True}


@app.get("/predict")
def predict(x: int):
    return {"y": 2 * x, "idna": idna.__version__}
""",
}
POETRY = """\
[project]
name = "small"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["fastapi", "uvicorn", "idna"]

[tool.poetry]
package-mode = false

[tool.poetry.group.dev.dependencies]
iniconfig = "*"

# Its own way to ask the index for versions is not to be had everywhere.
[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"""
PYPROJECT = """\
[project]
name = "small"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["fastapi", "uvicorn", "idna"]

[dependency-groups]
dev = ["iniconfig"]
"""
PACKAGE = f"""\
{PYPROJECT}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project.scripts]
small = "small.main:run"
"""
PIPFILE = """\
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
fastapi = "*"
uvicorn = "*"
idna = "*"

[dev-packages]
iniconfig = "*"
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A project, the tool that locks it, and the variant of its image."""

    name: str
    files: Mapping[str, str]
    variant: str
    lock: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}-{self.variant}"


_UVX = (sys.executable, "-m", "uv", "tool", "run", "--quiet")
CASES = [
    Case(
        name="uv.lock", variant="distroless",
        files=APP | {"pyproject.toml": PYPROJECT}, lock=(sys.executable, "-m", "uv", "lock"),
    ),
    Case(
        name="poetry.lock", variant="distroless", files=APP | {"pyproject.toml": POETRY},
        lock=(*_UVX, "--from", "poetry==2.5.1", "poetry", "lock"),
    ),
    Case(
        name="pdm.lock", variant="slim",
        files=APP | {"pyproject.toml": f"{PYPROJECT}\n[tool.pdm]\ndistribution = false\n"},
        lock=(
            *_UVX, "--from", "pdm==2.26.9", "--with", "hishel==1.1.0",
            "--with", "unearth==0.17.5", "pdm", "lock",
        ),
    ),
    Case(
        name="Pipfile.lock", variant="distroless", files=APP | {"Pipfile": PIPFILE},
        lock=(*_UVX, "--from", "pipenv==2026.10.3", "pipenv", "lock"),
    ),
    Case(
        name="requirements", variant="slim",
        files=APP | {
            "requirements.txt": "-r requirements/base.txt\nidna>=3\n",
            "requirements/base.txt": "fastapi\nuvicorn\n",
        },
    ),
    Case(
        name="package", variant="distroless",
        files={
            "src/small/__init__.py": "",
            "src/small/main.py": APP["app/main.py"] + (
                "\n\ndef run():\n    import uvicorn\n\n"
                '    uvicorn.run(app, host="0.0.0.0", port=8000)\n'
            ),
            "pyproject.toml": PACKAGE,
        },
        lock=(sys.executable, "-m", "uv", "lock"),
    ),
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bases:
    """Stand-ins for the public images, which trust whom this machine trusts."""

    python: str
    distroless: str

    def of(self, variant: str) -> PublicImages:
        return PublicImages(
            python=self.python,
            uv=UV,
            runtime=self.distroless if variant == "distroless" else "",
            python_version="3.13",
            suite="trixie",
        )


class Docker:
    """The engine's own client; what is made by it is removed in the end."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        self.images: list[str] = []
        self.containers: list[str] = []

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            [self._program, *map(str, arguments)],
            env=self._environment, input=stdin, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()[-5000:]
        return done.stdout.decode().strip()

    def build(self, context: Path, *options: str) -> str:
        tag = f"boxwright-test/generated:{uuid.uuid4().hex[:12]}"
        self("build", "--quiet", "--network", "host", *options, "--tag", tag, context)
        self.images.append(tag)
        return tag

    def started(self, tag: str) -> str:
        """Return a container of *tag* that runs hardened and is healthy."""
        container = self("run", "--detach", *HARDENED, tag)
        self.containers.append(container)
        for _ in range(90):
            state = json.loads(self("inspect", container))[0]["State"]
            assert state["Running"], self._logs(container)
            if state["Health"]["Status"] == "healthy":
                return container
            time.sleep(1)
        pytest.fail(f"never healthy: {self._logs(container)}")

    def size(self, tag: str) -> int:
        """Return the bytes of all files in the layers of *tag*."""
        archive = subprocess.run(
            [self._program, "save", tag], env=self._environment, capture_output=True, check=True
        ).stdout
        total = 0
        with tarfile.open(fileobj=io.BytesIO(archive)) as saved:
            manifest = saved.extractfile("manifest.json")
            assert manifest is not None
            for name in json.load(manifest)[0]["Layers"]:
                layer = saved.extractfile(name)
                assert layer is not None
                total += _files_in(layer.read())
        return total

    def _logs(self, container: str) -> str:
        done = subprocess.run(
            [self._program, "logs", container], env=self._environment, capture_output=True,
            check=False, text=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    def remove(self) -> None:
        if self.containers:
            self("rm", "--force", "--volumes", *self.containers)
        if self.images:
            self("image", "rm", "--force", *self.images)


@pytest.fixture(scope="module")
def docker(engine: Engine) -> Iterator[Docker]:
    if engine.name != "docker":
        pytest.skip("needs Docker")
    client = Docker(engine.program)
    yield client
    client.remove()


@pytest.fixture(scope="module")
def direct_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def bases(
    docker: Docker, stand_in: StandIn, direct_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Bases:  # fmt: skip
    stand_in("python", PYTHON)
    stand_in("uv", UV)
    folder = tmp_path_factory.mktemp("bases")
    authorities = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    shutil.copy(authorities, folder / "ca-certificates.crt")
    (folder / "Dockerfile").write_text(f"FROM {PYTHON}\nCOPY ca-certificates.crt /etc/ssl/certs/\n")
    python = docker.build(folder)
    # Distroless is Debian's Python without a shell, which is what our own base is.
    (folder / "main.py").write_text("print()\n")
    built = layout.read(_direct(folder, "distroless", direct_cache, folder / "image"))
    distroless = f"boxwright-test/distroless-python3:{uuid.uuid4().hex[:12]}"
    with built.layers[0].blob.open() as layer:
        docker("import", "--change", "USER 65532", "-", distroless, stdin=layer.read())
    docker.images.append(distroless)
    return Bases(python=python, distroless=distroless)


def _direct(folder: Path, variant: str, cache: Path, output: Path) -> Path:
    """Return the layout that `boxwright build` makes."""
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "build", folder, "--variant", variant, "-o", output],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return output


def _files_in(layer: bytes) -> int:
    with tarfile.open(fileobj=io.BytesIO(layer)) as members:
        return sum(member.size for member in members if member.isfile())


def _size(image: Image) -> int:
    total = 0
    for layer in image.layers:
        with layer.blob.open() as blob:
            total += _files_in(gzip.decompress(blob.read()))
    return total


def generate(folder: Path, variant: str, bases: Bases, cache: Path) -> tuple[Plan, dict[str, str]]:
    """Write Dockerfile, `.dockerignore` and lock; return the plan and what the lock holds."""
    planned = plan_folder(folder, overrides={"variant": variant}, offline=False, environ=os.environ)
    plan = replace(planned.plan, images=bases.of(variant), system_packages=())
    lock = lock_planned(planned, upgrade=False, cache=Cache(cache), progress=Silent())
    around = Surroundings(version="1.0")
    if plan.dependencies.source in {"requirements", "pyproject"}:
        (folder / "requirements.lock").write_text(requirements_text(lock))
        around = replace(around, requirements_lock=True)
    shipped = (*plan.application.files, *plan.application.models)
    ignored = find_ignored(
        folder, shipped, needed_files(plan, around),
        is_package=plan.dependencies.installs_project,
    )  # fmt: skip
    around = replace(around, ignored=ignored)
    (folder / "Dockerfile").write_text(render_dockerfile(plan, around))
    (folder / ".dockerignore").write_text(render_dockerignore(plan, around))
    return plan, {wheel.name: wheel.version for wheel in lock.wheels}


def installed(docker: Docker, container: str) -> dict[str, str]:
    found = json.loads(docker("exec", container, "/opt/venv/bin/python", "-c", LIST))
    return {normalised(name): version for name, version in found}


def ask(docker: Docker, container: str, path: str, body: object = None) -> Any:  # noqa: ANN401
    """Return what the service answers; asked from inside, as not every engine has a network."""
    code = (
        "import json, sys, urllib.request as u;"
        "path, body = json.load(sys.stdin);"
        "data = None if body is None else json.dumps(body).encode();"
        "asked = u.Request('http://127.0.0.1:8000' + path, data,"
        " {'Content-Type': 'application/json'});"
        "print(u.urlopen(asked).read().decode())"
    )
    told = json.dumps([path, body]).encode()
    answer = docker(
        "exec", "--interactive", container, "/opt/venv/bin/python", "-c", code, stdin=told
    )
    return json.loads(answer)


def made(case: Case, folder: Path) -> Path:
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".env").write_text("SECRET=1\n")
    if case.lock:
        done = subprocess.run(
            case.lock, cwd=folder, capture_output=True, text=True, check=False, timeout=600,
            env={**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_builds_runs_hardened_and_has_what_the_direct_build_has(
    case: Case, bases: Bases, docker: Docker, direct_cache: Path, tmp_path: Path
) -> None:
    folder = made(case, tmp_path / "project")
    _, locked = generate(folder, case.variant, bases, direct_cache)

    container = docker.started(docker.build(folder))

    found = installed(docker, container)
    assert found.keys() == locked.keys()
    assert {name: found[name] for name, version in locked.items() if version} == {
        name: version for name, version in locked.items() if version
    }
    assert ask(docker, container, "/predict?x=21")["y"] == 42
    status = docker(
        "exec", container, "/opt/venv/bin/python", "-c", "import os; print(os.getuid())"
    )
    assert status == "65532"


@pytest.mark.parametrize("variant", ["distroless", "slim"])
def test_the_example_predicts_and_is_as_large_as_the_direct_build(
    variant: str, bases: Bases, docker: Docker, direct_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "digits-api"
    shutil.copytree(ROOT / "examples" / "digits-api", folder)
    subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet"], cwd=folder, check=True)
    _, locked = generate(folder, variant, bases, direct_cache)

    tag = docker.build(folder)
    container = docker.started(tag)

    assert installed(docker, container) == locked
    answer = ask(docker, container, "/predict", {"pixels": [0.0] * 64})
    assert sum(answer["probabilities"]) == pytest.approx(1)
    direct = _size(layout.read(_direct(folder, variant, direct_cache, tmp_path / "image")))
    size = docker.size(tag)
    print(f"{variant}: {size / 1e6:.1f} MB by Dockerfile, {direct / 1e6:.1f} MB by boxwright build")
    assert abs(size - direct) <= 0.15 * direct


def test_developers_have_a_shell_their_tools_and_live_reload(
    bases: Bases, docker: Docker, direct_cache: Path, tmp_path: Path
) -> None:
    folder = made(CASES[0], tmp_path / "project")
    generate(folder, "distroless", bases, direct_cache)

    container = docker.started(docker.build(folder, "--target", "dev"))

    assert "iniconfig" in installed(docker, container)
    assert docker("exec", container, "sh", "-c", "id -u; ls -A /app") == "65532\napp"


def test_a_private_index_is_used_and_in_no_layer(
    bases: Bases, docker: Docker, direct_cache: Path, tmp_path: Path
) -> None:
    folder = made(CASES[4], tmp_path / "project")
    generate(folder, "slim", bases, direct_cache)
    settings = tmp_path / "uv.toml"
    settings.write_text(
        '[[index]]\nname = "ours"\nurl = "https://pypi.org/simple"\ndefault = true\n'
    )
    netrc = tmp_path / "netrc"
    netrc.write_text("machine index.invalid login somebody password 5ecret-of-the-index\n")

    tag = docker.build(
        folder, "--no-cache", "--secret", f"id=uv-config,src={settings}",
        "--secret", f"id=netrc,src={netrc}",
    )  # fmt: skip

    saved = tmp_path / "image.tar"
    docker("save", "--output", saved, tag)
    content = saved.read_bytes()
    assert b"5ecret-of-the-index" not in content
    assert b'name = "ours"' not in content
