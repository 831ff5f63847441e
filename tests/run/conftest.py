"""What tests of containers share: a Python image, and containers of a few lines of code."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from tests.conftest import StandIn

from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources
from boxwright.run.client import Client
from boxwright.run.model import CLOSED, Container, Port
from boxwright.store.engine import Engine

PYTHON = "python:3.13-slim-trixie"
PORT = 8000
SERVER = """
import http.server, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status})
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{{"digit": 7, "all": [1, 2], "model": {{"name": "m"}}}}')
    do_POST = do_GET
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, {handler})
{before}
print("ready", flush=True)
http.server.ThreadingHTTPServer(("{address}", 8000), Handler).serve_forever()
"""
ASK = "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/', timeout=5)"

CONNECT = "import socket; socket.create_connection(('127.0.0.1', 8000), 5)"


def server(
    *,
    status: int = 200,
    handler: str = "lambda *_: sys.exit(0)",
    address: str = "0.0.0.0",  # noqa: S104 (of a container)
    before: str = "",
) -> str:
    return SERVER.format(status=status, handler=handler, address=address, before=before)


class MakeContainer(Protocol):
    """Makes a container of Python code, with a name of its own."""

    def __call__(self, code: str, **changed: Any) -> Container: ...  # noqa: ANN401


@pytest.fixture
def client(engine: Engine) -> Client:
    if engine.name == "podman":
        lacking = pytest.fail if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE") == "1" else pytest.skip
        lacking("needs an engine that starts containers here: Docker")
    return Client(engine=engine)


@pytest.fixture
def of_code(client: Client, stand_in: StandIn) -> Iterator[MakeContainer]:
    """Make containers; whatever is left of them is removed when the test ends."""
    stand_in("python", PYTHON)
    names = []

    def make(code: str, **changed: Any) -> Container:  # noqa: ANN401
        names.append(f"boxwright-test-{uuid.uuid4().hex[:8]}")
        return Container(
            **{
                "image": PYTHON,
                "name": names[-1],
                "entrypoint": ("python", "-uc", code),
                "user": "65532:65532",
                "scratch": ("/tmp:mode=1777,size=16m",),
                "resources": Resources(cpus=1, memory=128 << 20, pids=50),
                "stop_seconds": 2,
                **changed,
            }
        )

    yield make

    for name in names:
        client.remove(name)


@pytest.fixture
def of_server(of_code: MakeContainer) -> MakeContainer:
    """Make containers of a server that publishes its port and has a health check."""

    def make(code: str, **changed: Any) -> Container:  # noqa: ANN401
        return of_code(
            code,
            **{
                "ports": (Port(inside=PORT),),
                "network": CLOSED,
                "health": Healthcheck(test=("python", "-c", ASK), start_period=60),
                **changed,
            },
        )

    return make
