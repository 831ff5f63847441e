"""Registries to push to, and a proxy before one of them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.registry import faults
from tests.store.registry.faults import Proxy
from tests.store.registry.memory import Memory, memory

from boxwright.store.transport import Transport


@pytest.fixture
def kept() -> Iterator[Memory]:
    with memory() as registry:
        yield registry


@pytest.fixture
def proxy(kept: Memory) -> Iterator[Proxy]:
    """Stand before the registry in this process."""
    with faults.before(kept.host) as made:
        yield made


@pytest.fixture(
    params=[
        "memory",
        pytest.param("docker-registry", marks=pytest.mark.engine),
        pytest.param("crane", marks=pytest.mark.oracle),
    ]
)
def any_proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """Stand before each registry that there is: one here, Debian's, that of `crane`."""
    name = {"memory": "kept", "docker-registry": "registry", "crane": "crane_registry"}
    found = request.getfixturevalue(name[request.param])
    with faults.before(found.host if isinstance(found, Memory) else found) as made:
        yield made


@pytest.fixture(scope="session")
def crane_registry() -> Iterator[str]:
    """Serve the registry that comes with `crane`, which has the referrers API."""
    program = shutil.which(os.environ.get("BOXWRIGHT_TEST_CRANE") or "crane")
    if not program:
        pytest.skip("no program `crane`: `dev/engine start` fetches one")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "registry", "serve", "--address", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    home = tmp_path / "home"
    home.mkdir()
    return Transport(
        environ={"HOME": str(home), "PATH": os.environ["PATH"]}, timeout=10, backoff=0.001
    )
