"""What is told of containers and of smoke tests."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from boxwright.plan.model import Resources
from boxwright.report.run_text import (
    bounds_text,
    failed_text,
    printed_commands,
    smoke_json,
    smoke_text,
    well_text,
)
from boxwright.run.arguments import run_arguments
from boxwright.run.causes import Cause
from boxwright.run.model import CLOSED, Container, Port, SecretFile
from boxwright.run.session import Waited
from boxwright.run.smoke import Outcome, Result, SmokeReport

API = Container(
    image="api:1", name="api", user="65532:65532", resources=Resources(memory=512 << 20)
)
REPORT = SmokeReport(
    image="api:1",
    results=(
        Result(what="start", outcome=Outcome.PASSED, measured="1.2 s", limit="60 s"),
        Result(
            what="stop",
            outcome=Outcome.FAILED,
            measured="2.0 s, exit code 137",
            limit="2 s",
            practice="ungraceful-stop-signal",
            detail="it was killed",
            hint="handle SIGTERM",
        ),
        Result(what="memory", outcome=Outcome.SKIPPED, detail="not told"),
    ),
    log="ready\n\x1b[31mred",
)


def test_a_smoke_test_is_a_table() -> None:
    assert smoke_text(REPORT).splitlines() == [
        "api:1",
        "",
        "ok      start   1.2 s                 at most 60 s",
        "FAILED  stop    2.0 s, exit code 137  at most 2 s",
        "        it was killed",
        "        hint: handle SIGTERM",
        "        practice: ungraceful-stop-signal",
        "-       memory",
        "        not told",
        "",
        "The end of its log:",
        "    ready",
        "    \ufffd[31mred",
        "",
        "smoke test failed: 1 passed, 1 failed, 1 not looked at",
    ]


def test_or_one_document() -> None:
    document = json.loads(smoke_json(REPORT))

    assert document["passed"] is False
    assert document["results"][1] == {
        "what": "stop",
        "outcome": "failed",
        "measured": "2.0 s, exit code 137",
        "limit": "2 s",
        "practice": "ungraceful-stop-signal",
        "detail": "it was killed",
        "hint": "handle SIGTERM",
    }


def test_what_is_printed_can_be_copied_and_has_no_secret() -> None:
    container = Container(
        image="api:1",
        name="api",
        entrypoint=("/bin/sh", "-c", "echo '$HOME' --and more"),
        secrets=(SecretFile(name="key", path=Path("/s/key"), value="hunter2"),),
        hidden_env=(("HF_TOKEN", "hf_x"),),
        ports=(Port(inside=8000, outside=8000),),
        network=CLOSED,
    )

    text = printed_commands("docker", ("network", "create", CLOSED), container)

    network, run = text.replace(" \\\n", " ").splitlines()
    assert shlex.split(network) == ["docker", "network", "create", CLOSED]
    assert shlex.split(run) == ["docker", *run_arguments(container, "docker")]
    assert "hunter2" not in text
    assert "hf_x" not in text


def test_why_it_does_not_run() -> None:
    waited = Waited(
        is_well=False,
        seconds=3,
        reason="it ended with exit code 1",
        log="loading\nno",
        cause=Cause(practice="cache-dir-not-writable", hint="write to /tmp"),
    )

    assert failed_text(API, waited, with_log=True).splitlines() == [
        "error: `api` does not run: it ended with exit code 1",
        "",
        "The end of its log:",
        "    loading",
        "    no",
        "",
        "hint: write to /tmp",
        "practice: cache-dir-not-writable (`boxwright rule` explains it)",
    ]


def test_how_it_came_up_and_within_which_bounds() -> None:
    waited = Waited(is_well=True, seconds=1.23)

    assert well_text(API, waited, "http://127.0.0.1:8000") == (
        "api: healthy after 1.2 s: http://127.0.0.1:8000"
    )
    assert bounds_text(API) == (
        "read-only root, user 65532:65532, no capabilities, 512m of memory, 1 CPU, 256 processes,"
        " no network"
    )
