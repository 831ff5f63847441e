"""The reference stack as `boxwright init` sets it up: it comes up, predicts, survives and stops."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import StandIn
from tests.integration.generated import (
    Bases,
    Docker,
    direct_build,
    image_size,
    installed,
    layers_size,
)

from boxwright.store import layout

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SERVICES = ["api", "postgres", "redis", "scheduler", "worker"]
CUSTOMER = {
    "tenure_months": 2,
    "monthly_fee": 88.0,
    "contract": "monthly",
    "support_tickets": 6,
    "late_payments": 3,
    "days_since_login": 40,
}
QUICK = """\
# Asked every half a minute, a worker would keep the test waiting at each restart.
services:
  scheduler: {healthcheck: {interval: 2s}}
  worker: {healthcheck: {interval: 5s}}
"""
TRY_TO_WRITE = """\
import os, sys
written = []
for folder, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ("/proc", "/sys", "/dev")]
    path = os.path.join(folder, ".written-by-the-test")
    try:
        open(path, "w").close()
    except OSError:
        continue
    os.unlink(path)
    written.append(folder)
print("\\n".join(written))
"""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The running stack."""

    name: str
    folder: Path
    image: str
    docker: Docker

    def __call__(self, *arguments: str) -> str:
        place = ("--project-name", self.name, "--project-directory", self.folder)
        files = ("--file", self.folder / "compose.yaml", "--file", self.folder / "quick.yaml")
        return self.docker("compose", *place, *files, *arguments)

    def container(self, service: str) -> dict[str, Any]:
        name = self("ps", "--all", "--quiet", service).strip()
        found = json.loads(self.docker("inspect", name))[0]
        assert isinstance(found, dict)
        return found

    def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        port = self("port", "api", "8000").strip().rpartition(":")[2]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    def predicted(self) -> dict[str, Any]:
        """Send a batch the whole way, and return what the database then has of it."""
        customers = [{"id": f"C{number}", **CUSTOMER} for number in range(3)]
        accepted = self.ask("/batches", {"customers": customers})
        for _ in range(60):
            batch = self.ask(f"/batches/{accepted['id']}")
            if batch["status"] == "finished":
                assert isinstance(batch, dict)
                return batch
            time.sleep(0.5)
        pytest.fail(f"the batch is never finished: {self('logs', '--tail', '30')}")


@pytest.fixture(scope="module")
def stack(
    bases: Bases,
    docker: Docker,
    stand_in: StandIn,
    build_secrets: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack") / "reference-stack"
    shutil.copytree(ROOT / "examples" / "reference-stack", folder)
    # What is committed names the public images; here are stand-ins for two of them.
    (folder / "boxwright.toml").write_text(
        f'python = "3.13"\n\n[images]\npython = "{bases.python}"\nruntime = "{bases.distroless}"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "init", "--force", "--quiet", folder],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "quick.yaml").write_text(QUICK)
    text = (folder / "compose.yaml").read_text()
    for line in text.splitlines():
        name = line.strip().removeprefix("image: ").partition("@")[0]
        if line.strip().startswith("image: ") and name.startswith(("redis:", "postgres:")):
            stand_in(name.partition(":")[0], name)
    image = docker.build(folder, *build_secrets)
    name, _, tag = image.rpartition(":")
    # Another stack of this machine may have the usual port.
    (folder / ".env").write_text(f"IMAGE={name}\nTAG={tag}\nPORT=0\n")
    stack = Stack(
        name=f"boxwright-{uuid.uuid4().hex[:8]}", folder=folder, image=image, docker=docker
    )
    try:
        stack("up", "--wait", "--wait-timeout", "180", "--no-build")
        yield stack
    finally:
        stack("down", "--volumes")


def test_a_prediction_goes_the_whole_way_and_survives_a_restart_of_each_service(
    stack: Stack,
) -> None:
    score = stack.ask("/predict", {"id": "C0", **CUSTOMER})
    assert 0 <= score["score"] <= 1
    first = stack.predicted()
    assert [each["customer_id"] for each in first["predictions"]] == ["C0", "C1", "C2"]

    for service in SERVICES:
        stack("restart", service)
        stack("up", "--wait", "--wait-timeout", "120", "--no-build", "--no-recreate")
        assert stack.predicted()["model_version"] == first["model_version"], service
    assert stack.ask(f"/batches/{first['id']}") == first


def test_nothing_runs_as_root_and_nothing_is_written_outside_its_volumes(stack: Stack) -> None:
    writable = {}
    for service in SERVICES:
        found = stack.container(service)
        host = found["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"] > 0, service
        process = stack.docker("exec", found["Id"], *_status(service))
        status = dict(line.split(":", 1) for line in process.splitlines() if ":" in line)
        assert "0" not in status["Uid"].split(), service
        assert int(status["CapEff"], 16) == 0, service
        assert status["NoNewPrivs"].strip() == "1", service
        if service in ("api", "worker", "scheduler"):
            code = ("/opt/venv/bin/python", "-c", TRY_TO_WRITE)
            folders = stack.docker("exec", found["Id"], *code).split()
            writable[service] = {folder for folder in folders if not folder.startswith("/tmp/")}
    assert writable == {service: {"/tmp"} for service in ("api", "worker", "scheduler")}


def test_every_service_stops_of_itself_within_its_time(stack: Stack) -> None:
    # What others need is stopped after them, as `docker compose stop` does.
    grace = {"api": 30, "worker": 60, "scheduler": 30, "redis": 30, "postgres": 30}
    for service in grace:
        before = time.monotonic()
        stack("stop", service)
        took = time.monotonic() - before
        state = stack.container(service)["State"]
        assert took < grace[service], service
        assert not state["OOMKilled"], service
        # 137 is the engine's SIGKILL, after the time was over.
        assert state["ExitCode"] in (0, 143), (service, state["ExitCode"])
    stack("up", "--wait", "--wait-timeout", "120", "--no-build", "--no-recreate")


def test_its_image_is_what_the_direct_build_makes(
    stack: Stack, direct_cache: Path, tmp_path: Path
) -> None:
    image = layout.read(direct_build(stack.folder, "distroless", direct_cache, tmp_path / "image"))

    own = layers_size(image.layers)
    assert abs(image_size(stack.docker, stack.image) - own) <= 0.15 * own
    locked = tomllib.loads((stack.folder / "boxwright.lock").read_text())["platforms"][0]["wheels"]
    assert installed(stack.docker, stack.container("api")["Id"]) == {
        wheel["name"]: wheel["version"] for wheel in locked
    }


def _status(service: str) -> tuple[str, ...]:
    if service in ("redis", "postgres"):
        return ("cat", "/proc/1/status")
    return ("/opt/venv/bin/python", "-c", "print(open('/proc/1/status').read())")
