"""What tests that build generated Dockerfiles share."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import StandIn
from tests.integration.generated import PYTHON, UV, Bases, Docker

from boxwright.store import layout
from boxwright.store.engine import Engine

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def docker(engine: Engine) -> Iterator[Docker]:
    """Return the engine's client."""
    if engine.name != "docker":
        pytest.skip("needs Docker")
    client = Docker(engine.program)
    yield client
    client.remove()


@pytest.fixture(scope="module")
def direct_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for direct builds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def bases(
    docker: Docker,
    stand_in: StandIn,
    direct_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Bases:
    """Make the stand-ins that builds start from."""
    stand_in("python", PYTHON)
    stand_in("uv", UV)
    folder = tmp_path_factory.mktemp("bases")
    authorities = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    shutil.copy(authorities, folder / "ca-certificates.crt")
    (folder / "Dockerfile").write_text(f"FROM {PYTHON}\nCOPY ca-certificates.crt /etc/ssl/certs/\n")
    python = docker.build(folder)
    # Distroless is Debian's Python without a shell, which is what our own base is.
    (folder / "main.py").write_text("print()\n")
    output = folder / "image"
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "build", folder, "-o", output],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(direct_cache)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    distroless = f"boxwright-test/distroless-python3:{uuid.uuid4().hex[:12]}"
    with layout.read(output).layers[0].blob.open() as layer:
        docker("import", "--change", "USER 65532", "-", distroless, stdin=layer.read())
    docker.images.append(distroless)
    return Bases(python=python, distroless=distroless)


@pytest.fixture(scope="session")
def build_secrets(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return options by which a build trusts the authorities of its base, and not uv's own."""
    path = tmp_path_factory.mktemp("secrets") / "uv.toml"
    path.write_text("system-certs = true\n")
    return ("--secret", f"id=uv-config,src={path}")
