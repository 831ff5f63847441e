"""Smoke tests of real containers: one that is right, and each way to be wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.run.conftest import CONNECT, PYTHON, server

from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources
from boxwright.run.request import Request
from boxwright.run.smoke import (
    Checks,
    Outcome,
    Result,
    SmokeReport,
    image_checks,
    smoke,
)
from boxwright.run.wishes import Wishes
from boxwright.settings import SmokeRequest, parse_settings
from boxwright.store.engine import Engine

pytestmark = pytest.mark.engine

RIGHT = Request(path="/", expected={"digit": 7, "model": {"name": "m"}}, contains=("all",))


def outcomes(report: SmokeReport) -> dict[str, str]:
    return {result.what: result.outcome.value for result in report.results}


def failure(report: SmokeReport) -> Result:
    """Return the one result that failed."""
    (found,) = (it for it in report.results if it.outcome is Outcome.FAILED)
    return found


def test_a_service_that_is_right_passes(client, of_server) -> None:
    container = of_server(server())

    report = smoke(PYTHON, Checks(container=container, requests=(RIGHT,)), engine=client.engine)

    assert report.passed
    assert report.log == ""
    assert outcomes(report) == dict.fromkeys(
        (
            *("start", "log", "GET /", "user", "capabilities", "privileges", "root file system"),
            *("memory", "stop"),
        ),
        "passed",
    )
    assert client.try_("ps", "--all", "--quiet", "--filter", f"name={container.name}").out == ""


def test_wrong_answers_are_told_one_by_one(client, of_server) -> None:
    wrong = replace(RIGHT, status=201, expected={"digit": 8, "top": 1}, contains=("none",))
    checks = Checks(container=of_server(server()), requests=(RIGHT, wrong))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert not report.passed
    assert failure(report).detail == (
        "status 200, where 201 is expected; `none` is not in the answer;"
        " `digit` is `7`, where `8` is expected; `top` is missing"
    )
    assert failure(report).practice == "untested-image-pushed"


def test_a_health_check_that_hides_an_error_is_told(client, of_server) -> None:
    container = of_server(
        server(status=500),
        health=Healthcheck(test=("python", "-c", CONNECT), start_period=60),
        path="/",
    )
    checks = Checks(container=container, requests=(Request(path="/", is_health=True),))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert failure(report).practice == "healthcheck-hides-failure"
    assert failure(report).detail == "status 500, where one from 200 to 399 is expected"


def test_one_that_listens_on_its_loopback_alone_is_told(client, of_server) -> None:
    checks = Checks(container=of_server(server(address="127.0.0.1")), requests=(RIGHT,))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert failure(report).what == "GET /"
    assert failure(report).hint.startswith("let it listen on all addresses of the container")


def test_one_that_hears_no_signal_breaks_a_practice(client, of_server) -> None:
    deaf = server(handler="signal.SIG_IGN")
    checks = Checks(container=of_server(deaf, stop_seconds=1))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert replace(failure(report), measured="") == Result(
        what="stop",
        outcome=Outcome.FAILED,
        limit="1 s",
        practice="ungraceful-stop-signal",
        detail="it does not end by SIGTERM within 1 seconds, and was killed",
        hint="handle SIGTERM: as the first process it is ignored otherwise",
    )


def test_a_shell_before_the_program_is_what_the_signal_does_not_pass(client, of_server) -> None:
    code = server(handler="signal.SIG_DFL")
    container = of_server(
        code, entrypoint=("sh", "-c", 'python -uc "$0"; true', code), stop_seconds=1
    )

    report = smoke(PYTHON, Checks(container=container), engine=client.engine)

    assert failure(report).practice == "shell-form-in-image"


def test_one_that_fails_while_it_stops_is_told(client, of_server) -> None:
    checks = Checks(container=of_server(server(handler="lambda *_: sys.exit(3)")))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert failure(report).detail == "it ends with exit code 3 when it is stopped"


def test_a_traceback_behind_a_healthy_service_is_found(client, of_server) -> None:
    before = "import threading; threading.Thread(target=lambda: 1 / 0).start()"
    checks = Checks(container=of_server(server(before=before)))

    report = smoke(PYTHON, checks, engine=client.engine)

    assert failure(report).what == "log"
    assert failure(report).detail.startswith("it says that it is well and logs a crash")


def test_one_that_never_gets_healthy_fails_at_once(client, of_code) -> None:
    container = of_code(
        "import time; print('loading', flush=True); time.sleep(60)",
        health=Healthcheck(test=("false",), start_period=30),
    )

    report = smoke(PYTHON, Checks(container=container, start_within=1.5), engine=client.engine)

    assert outcomes(report) == {"start": "failed"}
    assert failure(report).practice == "short-start-period"
    assert report.log == "loading"


def test_memory_close_to_its_limit_is_told(client, of_server) -> None:
    container = of_server(
        server(before="keep = bytearray(70 << 20)"),
        resources=Resources(cpus=1, memory=128 << 20, pids=50),
    )

    report = smoke(PYTHON, Checks(container=container, memory_share=0.5), engine=client.engine)

    assert failure(report).practice == "unlimited-memory"
    assert failure(report).limit == "64 MiB of 128m"


def test_what_is_not_confined_is_told(client, of_server) -> None:
    container = of_server(server(), user="0:0", writable_root=False)

    report = smoke(PYTHON, Checks(container=container), engine=client.engine)

    assert (failure(report).what, failure(report).practice) == ("user", "root-service")


@pytest.mark.parametrize(
    ("code", "outcome"), [("pass", "passed"), ("raise SystemExit(4)", "failed")]
)
def test_a_job_has_to_end_well(client, of_code, code: str, outcome: str) -> None:
    report = smoke(PYTHON, Checks(container=of_code(code, kind="job")), engine=client.engine)

    assert outcomes(report) == {
        "job": outcome,
        **dict.fromkeys(("user", "capabilities", "privileges", "root file system"), "passed"),
    }


def test_a_job_that_does_not_end_is_told(client, of_code) -> None:
    container = of_code("import time; time.sleep(60)", kind="job", stop_seconds=1)

    report = smoke(PYTHON, Checks(container=container, job_within=1), engine=client.engine)

    assert failure(report).detail == "it has not ended after 1 seconds"


def test_a_worker_is_asked_by_its_own_command(client, of_code) -> None:
    container = of_code(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "time.sleep(1)\nopen('/tmp/up', 'w')\ntime.sleep(60)",
        kind="worker",
        health=Healthcheck(test=("test", "-e", "/tmp/up"), start_period=60),
    )

    report = smoke(PYTHON, Checks(container=container), engine=client.engine)

    assert report.passed, report


def test_an_image_without_python_is_judged_by_what_the_engine_tells(
    client, cache, random_image, cat_files, tmp_path
) -> None:
    image = random_image(11, files=cat_files, command=("/bin/cat", "/etc/hostname"))
    name = client.engine.load(image, "boxwright-test/no-python:1").name

    report = smoke(name, image_checks(), engine=client.engine)

    client.try_("image", "rm", "--force", name)
    assert report.passed, report
    told = {result.what: result.detail for result in report.results}
    assert told["capabilities"] == "as the engine tells; its process cannot be looked at"


def test_an_engine_elsewhere_is_asked_from_within(client, of_server, relayed) -> None:
    checks = Checks(container=of_server(server()), requests=(RIGHT,))
    remote = replace(
        client.engine, environ={**client.engine.environ, "DOCKER_HOST": f"tcp://{relayed}"}
    )

    report = smoke(PYTHON, checks, engine=remote)

    assert report.passed, report
    assert outcomes(report)["GET /"] == "passed"


@pytest.fixture
def relayed(engine: Engine) -> Iterator[str]:
    """Return the address of a TCP port that leads to the engine's socket."""
    socket_path = engine.environ.get("DOCKER_HOST", "").removeprefix("unix://")
    if not Path(socket_path).is_socket():
        pytest.skip("the engine has no socket that we know of")
    listening = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(1 << 16):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    open_sockets: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            there.connect(socket_path)
            open_sockets.extend((taken, there))
            for pair in ((taken, there), (there, taken)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"127.0.0.1:{listening.getsockname()[1]}"
    listening.close()
    for each in open_sockets:
        each.close()


def test_settings_become_requests_of_the_workload_that_is_tested() -> None:
    settings = parse_settings(
        None,
        {
            "smoke": {
                "start-within": "2m",
                "memory-share": 0.5,
                "requests": [
                    "/metrics",
                    {
                        "path": "/predict",
                        "json": {"pixels": [0]},
                        "expect-json": {"digit": 1},
                        "contains": "digit",
                        "timeout": "3s",
                    },
                    {"path": "/other", "workload": "other", "status": 404},
                ],
            }
        },
    )

    checks = image_checks(settings, wishes=Wishes(user="65532"))

    assert checks == Checks(
        wishes=Wishes(user="65532"),
        start_within=120,
        memory_share=0.5,
        requests=(
            Request(path="/metrics"),
            Request(
                path="/predict",
                method="POST",
                headers=(("Content-Type", "application/json"),),
                body=b'{"pixels": [0]}',
                contains=("digit",),
                expected={"digit": 1},
                timeout=3,
            ),
        ),
    )
    assert settings.smoke.requests[2] == SmokeRequest(path="/other", workload="other", status=404)
