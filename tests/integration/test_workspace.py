"""Members of a uv workspace: built directly, and as `boxwright init` sets them up at its root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import StandIn
from tests.integration.generated import Bases, Docker, installed
from tests.integration.test_generated_dockerfile import index_url

from boxwright.image.filesystem import read_files
from boxwright.store import layout

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
FILES = {
    "pyproject.toml": """\
[project]
name = "acme"
version = "0"
requires-python = ">=3.11"
dependencies = []

[tool.uv.workspace]
members = ["services/*", "packages/*"]
""",
    "services/api/pyproject.toml": """\
[project]
name = "acme-api"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["fastapi", "redis", "shared", "uvicorn"]

[dependency-groups]
dev = ["iniconfig"]

[tool.uv.sources]
shared = { workspace = true }
""",
    "services/api/main.py": """\
import os

import redis
from fastapi import FastAPI
from shared import double

app = FastAPI()
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.get("/health")
def health():
    return {"ready": True}


@app.get("/predict")
def predict(x: int):
    store.incr("asked")
    return {"y": double(x)}
""",
    "services/worker/pyproject.toml": """\
[project]
name = "acme-worker"
version = "2.0"
requires-python = ">=3.11"
dependencies = ["redis", "rq", "shared"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.uv.sources]
shared = { workspace = true }
""",
    "services/worker/src/acme_worker/__init__.py": "from shared import double\n",
    "services/worker/main.py": """\
import os

from acme_worker import double
from redis import Redis
from rq import Queue, Worker

if __name__ == "__main__":
    connection = Redis.from_url(os.environ["REDIS_URL"])
    print("twice", double(21), flush=True)
    Worker([Queue("default", connection=connection)], connection=connection).work()
""",
    "packages/shared/pyproject.toml": """\
[project]
name = "shared"
version = "0.3"
requires-python = ">=3.11"
dependencies = ["idna"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
""",
    "packages/shared/src/shared/__init__.py": "def double(x):\n    return 2 * x\n",
    "packages/unused/pyproject.toml": '[project]\nname = "unused"\nversion = "1"\n',
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def boxwright(cache: Path, *arguments: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", *map(str, arguments)],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("workspace") / "acme", FILES)
    subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet"], cwd=folder, check=True)
    return folder


def test_a_member_is_built_from_the_lock_and_the_packages_of_its_workspace(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("direct")

    boxwright(folder / "cache", "build", "services/api", "-o", folder / "image", cwd=workspace)

    files = read_files(layout.read(folder / "image"))
    names = {path.rpartition("/")[2] for path in files if path.endswith(".dist-info")}
    packages = {path.split("/")[5] for path in files if "/site-packages/" in path}
    assert "shared" in packages
    assert "app/main.py" in {path.lstrip("/") for path in files}
    assert {"rq", "iniconfig"}.isdisjoint(packages), names


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Both services as `init` has set them up, and their images."""

    folder: Path
    images: dict[str, str]


@pytest.fixture(scope="module")
def joint(
    workspace: Path,
    bases: Bases,
    docker: Docker,
    build_secrets: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Joint:
    settings = f'[images]\npython = "{bases.python}"\nruntime = "{bases.distroless}"\n'
    for member in ("services/api", "services/worker"):
        (workspace / member / "boxwright.toml").write_text(f'python = "3.13"\n\n{settings}')
    boxwright(tmp_path_factory.mktemp("init"), "init", "--force", "--quiet", workspace)
    images = {
        name: docker.build(
            workspace, "--file", str(workspace / "services" / name / "Dockerfile"), *build_secrets
        )
        for name in ("api", "worker")
    }
    return Joint(folder=workspace, images=images)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The joint compose.yaml, running."""

    name: str
    joint: Joint
    docker: Docker

    def __call__(self, *arguments: str) -> str:
        files = ("--file", self.joint.folder / "compose.yaml")
        return self.docker("compose", "--project-name", self.name, *files, *arguments)

    def ask(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        port = self("port", "api", "8000").strip().rpartition(":")[2]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def stack(joint: Joint, docker: Docker, stand_in: StandIn) -> Iterator[Stack]:
    name = f"boxwright-{uuid.uuid4().hex[:8]}"
    for line in (joint.folder / "compose.yaml").read_text().splitlines():
        image = line.strip().removeprefix("image: ").partition("@")[0]
        if line.strip().startswith("image: redis:"):
            stand_in("redis", image)
    for part, tag in joint.images.items():
        docker("tag", tag, f"{name}-{part}:test")
        docker.images.append(f"{name}-{part}:test")
    (joint.folder / ".env").write_text(f"IMAGE={name}\nTAG=test\nPORT=0\n")
    stack = Stack(name=name, joint=joint, docker=docker)
    try:
        yield stack
    finally:
        stack("down", "--volumes", "--remove-orphans", "--timeout", "5")


@pytest.mark.engine
def test_each_image_has_its_own_dependencies_and_the_shared_package(
    joint: Joint, docker: Docker
) -> None:
    found = {}
    for name, tag in joint.images.items():
        container = docker("run", "--detach", "--entrypoint", "/opt/venv/bin/python", tag, "-c",
                           "import time; time.sleep(600)")  # fmt: skip
        docker.containers.append(container)
        found[name] = installed(docker, container)

    assert found["api"].keys() >= {"fastapi", "idna", "redis", "shared", "uvicorn"}
    assert found["worker"].keys() >= {"acme-worker", "idna", "redis", "rq", "shared"}
    assert found["api"].keys().isdisjoint({"acme-api", "acme-worker", "iniconfig", "rq", "unused"})
    assert found["worker"].keys().isdisjoint({"acme-api", "fastapi", "unused"})


@pytest.mark.engine
def test_developers_have_their_tools_in_the_workspace(
    joint: Joint, docker: Docker, build_secrets: tuple[str, ...]
) -> None:
    for name in ("api", "worker"):
        file = str(joint.folder / "services" / name / "Dockerfile")
        docker.build(joint.folder, "--file", file, "--target", "dev", *build_secrets)


@pytest.mark.engine
def test_one_compose_file_runs_both_with_one_redis(stack: Stack) -> None:
    services = json.loads(stack("config", "--format", "json"))["services"]
    assert sorted(services) == ["api", "redis", "worker"]
    assert {name: services[name]["build"]["dockerfile"] for name in ("api", "worker")} == {
        "api": "services/api/Dockerfile",
        "worker": "services/worker/Dockerfile",
    }

    stack("up", "--detach", "--wait", "--wait-timeout", "120", "--no-build")

    assert stack.ask("/predict?x=21") == {"y": 42}
    assert "twice 42" in stack("logs", "worker")


@pytest.mark.engine
def test_the_override_for_development_is_valid_too(stack: Stack) -> None:
    folder = stack.joint.folder
    text = stack.docker(
        "compose", "--project-name", stack.name, "--file", folder / "compose.yaml",
        "--file", folder / "compose.override.yaml", "config", "--format", "json",
    )  # fmt: skip

    services = json.loads(text)["services"]
    assert {name: services[name]["build"]["target"] for name in ("api", "worker")} == {
        "api": "dev",
        "worker": "dev",
    }


PLAIN = {
    "libs/shared/setup.py": (
        "from setuptools import setup\n\n"
        'setup(name="shared", version="0.3", packages=["shared"], install_requires=["idna"])\n'
    ),
    "libs/shared/shared/__init__.py": "def double(x):\n    return 2 * x\n",
    "services/one/requirements.txt": "-r more.txt\n-e ../../libs/shared\n",
    "services/one/more.txt": "iniconfig\n",
    "services/one/main.py": "import iniconfig\nfrom shared import double\n\nprint(double(21))\n",
    "services/two/pyproject.toml": """\
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
python = ">=3.11,<4"
idna = "*"
shared = { path = "../../libs/shared", develop = true }

# Its own way to ask the index for versions is not to be had everywhere.
[[tool.poetry.source]]
name = "simple"
url = "INDEX/"
priority = "primary"
""",
    "services/two/main.py": "import idna\nfrom shared import double\n\nprint(double(21))\n",
}


@pytest.mark.engine
@pytest.mark.parametrize("name", ["one", "two"])
def test_a_package_in_a_folder_beside_is_built_in(
    name: str, bases: Bases, docker: Docker, build_secrets: tuple[str, ...], tmp_path: Path
) -> None:
    files = {path: text.replace("INDEX", index_url()) for path, text in PLAIN.items()}
    folder = written(tmp_path / "acme", files)
    project = folder / "services" / name
    if name == "two":
        poetry = (sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", "poetry==2.5.1")
        subprocess.run([*poetry, "poetry", "lock"], cwd=project, check=True)
    (project / "boxwright.toml").write_text(
        f'python = "3.13"\n\n[images]\npython = "{bases.python}"\nruntime = "{bases.distroless}"\n'
    )

    boxwright(tmp_path / "cache", "init", "--quiet", project)
    image = docker.build(folder, "--file", str(project / "Dockerfile"), *build_secrets)

    assert docker("run", "--rm", image) == "42"
