"""Generated Dockerfiles, built by a real BuildKit and run hardened, beside the direct build."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.generated import (
    Bases,
    Docker,
    direct_build,
    image_size,
    installed,
    layers_size,
)

from boxwright.build.from_folder import lock_planned, plan_folder
from boxwright.lock.export import requirements_text
from boxwright.plan.model import Plan
from boxwright.progress import Silent
from boxwright.project.context import find_ignored
from boxwright.render.dockerfile import render_dockerfile
from boxwright.render.dockerignore import built_folders, needed_files, render_dockerignore
from boxwright.render.model import Surroundings
from boxwright.store import layout
from boxwright.store.cache import Cache

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]

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
url = "INDEX/"
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
url = "INDEX"
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


def generate(folder: Path, variant: str, bases: Bases, cache: Path) -> tuple[Plan, dict[str, str]]:
    """Write Dockerfile, `.dockerignore` and lock; return the plan and what the lock holds."""
    planned = plan_folder(folder, overrides={"variant": variant}, offline=False, environ=os.environ)
    plan = replace(planned.plan, images=bases.of(variant), system_packages=())
    lock = lock_planned(planned, upgrade=False, cache=Cache(cache), progress=Silent())
    part = lock.part(plan.platform)
    around = Surroundings(version="1.0")
    if plan.dependencies.source in {"requirements", "pyproject"}:
        (folder / "requirements.lock").write_text(requirements_text(part))
        around = replace(around, requirements_lock=True)
    shipped = (*plan.application.files, *plan.application.models)
    ignored = find_ignored(
        folder, shipped, needed_files(plan, around),
        packages=built_folders(plan, around),
    )  # fmt: skip
    around = replace(around, ignored=ignored)
    (folder / "Dockerfile").write_text(render_dockerfile(plan, around))
    (folder / ".dockerignore").write_text(render_dockerignore(plan, around))
    return plan, {wheel.name: wheel.version for wheel in part.wheels}


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


@functools.cache
def index_url() -> str:
    """Return the index that pip asks on this machine."""
    code = (
        "from pip._internal.configuration import Configuration as C;"
        "from pip._internal.models.index import PyPI;"
        "found = C(isolated=False); found.load();"
        "print(dict(found.items()).get('global.index-url', PyPI.simple_url))"
    )
    asked = [sys.executable, "-c", code]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def made(case: Case, folder: Path) -> Path:
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("INDEX", index_url()))
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
    size = image_size(docker, tag)
    image = layout.read(direct_build(folder, variant, direct_cache, tmp_path / "image"))
    direct = layers_size(image.layers)
    if variant == "slim":
        # The public image is what it is: a third larger than ours, whatever stands on it.
        size -= image_size(docker, bases.python)
        direct -= layers_size(image.layers[:1])
    assert size == pytest.approx(direct, rel=0.15)


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
    settings.write_text(f'[[index]]\nname = "ours"\nurl = "{index_url()}"\ndefault = true\n')
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
