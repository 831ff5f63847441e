"""The rendered stack, run by Docker Compose with stand-ins of the public images."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Compose, StandIn
from tests.render.compose_files import texts
from tests.render.plans import stack_plan

from boxwright.plan.model import (
    SITE,
    ApplicationPlan,
    CompanionPlan,
    HealthPlan,
    Mount,
    Plan,
    Resources,
    Workload,
)

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

PYTHON = f"{SITE}/bin/python"
DOCKERFILE = """\
FROM python:3.13-slim-trixie AS system
RUN mkdir -p /opt/venv/bin && ln -s "$(command -v python3)" /opt/venv/bin/python
RUN install -d -m 775 -o 65532 -g 65532 /cache /outputs /workspace
COPY scoring /app/scoring
WORKDIR /app
USER 65532:65532
FROM system AS dev
ENTRYPOINT ["/opt/venv/bin/python", "-m", "http.server", "8000"]
FROM system AS train
FROM system AS runtime
HEALTHCHECK CMD ["/opt/venv/bin/python", "-c", "raise SystemExit(1)"]
ENTRYPOINT ["/opt/venv/bin/python", "-m", "http.server", "8000"]
"""
FACTS = """\
import json, os, socket, sys

def writable(path):
    try:
        with open(f"{path}/probe", "w"):
            os.unlink(f"{path}/probe")
    except OSError:
        return False
    return True

def reaches(name):
    try:
        socket.getaddrinfo(name, 80)
    except OSError:
        return False
    return True

status = dict(line.split(":", 1) for line in open("/proc/1/status"))
print(json.dumps({
    "users": sorted(set(status["Uid"].split() + status["Gid"].split())),
    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
    "no new privileges": status["NoNewPrivs"].strip(),
    "writes to": [path for path in sys.argv[1].split() if writable(path)],
    "knows": [name for name in ("api", "postgres", "redis", "worker") if reaches(name)],
    "secrets": os.listdir("/run/secrets") if os.path.isdir("/run/secrets") else [],
}))
"""
FOLDERS = "/ /app /cache /opt/venv /outputs /run /tmp /var/tmp /workspace"


def plan() -> Plan:
    plan = stack_plan()
    wait = (PYTHON, "-c", "import signal\nsignal.sigwait({signal.SIGTERM})")

    def changed(workload: Workload) -> Workload:
        resources = replace(workload.resources, cpus=0.5, memory=256 << 20)
        if workload.kind == "service":
            health = HealthPlan(path="/", port=8000)
            serve = (PYTHON, "-m", "http.server", "8000")
            return replace(workload, command=serve, health=health, resources=resources)
        if workload.kind == "job":
            train = (PYTHON, "-c", "open('/outputs/model', 'w').write('trained')")
            return replace(workload, command=train, resources=Resources())
        probe = (PYTHON, "-c", "pass") if workload.probe else ()
        return replace(workload, command=wait, probe=probe, resources=resources)

    def stored(companion: CompanionPlan) -> CompanionPlan:
        if companion.kind == "redis":
            return replace(companion, image="redis:8.0-trixie")
        mounts = (Mount(volume="postgres-data", target="/var/lib/postgresql/data"),)
        return replace(companion, image="postgres:17-trixie", mounts=mounts)

    workloads = tuple(changed(it) for it in plan.workloads if it.kind != "notebook")
    return replace(
        plan,
        process=replace(plan.process, entrypoint=workloads[0].command),
        application=ApplicationPlan(files=("scoring/api.py",)),
        workloads=workloads,
        companions=tuple(stored(it) for it in plan.companions),
        secrets=plan.secrets[:1],
    )


@pytest.fixture
def project(tmp_path: Path, stand_in: StandIn) -> Path:
    """Return a folder with everything that the stack needs."""
    stand_in("python", "python:3.13-slim-trixie")
    stand_in("redis", "redis:8.0-trixie")
    stand_in("postgres", "postgres:17-trixie")
    for name, text in texts(plan()).items():
        # The stand-ins are of this engine, and of no registry that knew their digests.
        (tmp_path / name).write_text(text.replace(f"@sha256:{'0' * 64}", ""))
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    for folder in ("scoring", "data", "model", "secrets"):
        (tmp_path / folder).mkdir()
    (tmp_path / "scoring" / "api.py").write_text("")
    (tmp_path / "secrets" / "postgres_password").write_text("of-a-test")
    (tmp_path / "secrets" / "postgres_password").chmod(0o444)
    names = ("PORT", "REDIS_PORT", "POSTGRES_PORT")
    ports = "".join(f"{name}={_free_port()}\n" for name in names)
    (tmp_path / ".env").write_text(f"IMAGE={tmp_path.name.replace('_', '-')}\n{ports}")
    return tmp_path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_it_comes_up_as_it_is_meant_for_production(project: Path, compose: Compose) -> None:
    def run(*arguments: str) -> str:
        return compose(project, "--file", "compose.yaml", *arguments)

    def facts(service: str) -> Any:  # noqa: ANN401 (JSON)
        return json.loads(run("exec", "-T", service, PYTHON, "-c", FACTS, FOLDERS))

    run("up", "--detach", "--wait", "--wait-timeout", "120")
    common = {
        "users": ["65532"],
        "capabilities": 0,
        "no new privileges": "1",
        "writes to": ["/tmp"],
        "knows": ["api", "postgres", "redis", "worker"],
        "secrets": ["postgres_password"],
    }
    assert {name: facts(name) for name in ("api", "scheduler", "worker")} == {
        "api": common,
        "scheduler": common,
        "worker": common,
    }
    for store in ("redis", "postgres"):
        status = run("exec", "-T", store, "cat", "/proc/1/status")
        assert "Uid:\t999\t999\t999\t999\n" in status
        assert "CapBnd:\t0000000000000000\n" in status
    # Nobody has asked for anything else, and what is there is there to stay.
    before = run("ps", "--quiet")
    run("up", "--detach", "--wait")
    assert run("ps", "--quiet") == before

    run("run", "--rm", "train")
    code = "print(open('/outputs/model').read())"
    trained = run("run", "--rm", "--entrypoint", f'{PYTHON} -c "{code}"', "train")
    assert trained == "trained\n"
    run("down", "--timeout", "20")


def test_it_comes_up_for_development(project: Path, compose: Compose) -> None:
    compose(project, "up", "--detach", "--wait", "--wait-timeout", "120")
    ports = dict(line.split("=") for line in (project / ".env").read_text().splitlines())
    for name in ("PORT", "REDIS_PORT", "POSTGRES_PORT"):
        socket.create_connection(("127.0.0.1", int(ports[name])), timeout=5).close()
    (project / "scoring" / "api.py").write_text("changed = True\n")
    code = "import scoring.api; print(scoring.api.changed)"
    assert compose(project, "exec", "-T", "worker", PYTHON, "-c", code) == "True\n"
    (project / "model").chmod(0o777)
    compose(project, "run", "--rm", "train")
    written = project / "model" / "model"
    assert (written.read_text(), written.stat().st_uid) == ("trained", 1000)
