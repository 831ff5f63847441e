"""`boxwright run` as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.conftest import Command
from tests.conftest import StandIn
from tests.run.conftest import PYTHON, server

from boxwright.run.client import Client
from boxwright.store.engine import Engine

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def python(
    command: Command, engine: Engine, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """See to it that there is an engine, and that it has an image with Python."""
    stand_in("python", PYTHON)
    monkeypatch.setenv("BOXWRIGHT_ENGINE", engine.program)


@pytest.fixture
def starting(engine: Engine) -> Client:
    """Return an engine that starts containers here."""
    if engine.name == "podman":
        lacking = pytest.fail if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE") == "1" else pytest.skip
        lacking("needs an engine that starts containers here: Docker")
    return Client(engine=engine)


def test_root_is_refused(command) -> None:
    result = command("run", PYTHON, "--print")

    assert result.status == 2
    assert result.err == (
        f"error: `{PYTHON}` runs as root\n\nhint: run it as nobody in particular with"
        " `--user 65532`, or give the image a user: `boxwright rule root-user-in-image` says how\n"
    )


def test_what_is_printed_is_run_by_nobody(starting, command, monkeypatch) -> None:
    monkeypatch.setenv("API_TOKEN", "not-to-be-seen")

    result = command(
        *("run", PYTHON, "--print", "--user", "65532", "--name", "printed", "--cpus", "0.5"),
        *("--memory", "64m", "--pids", "20", "-e", "API_TOKEN", "--", "python", "-V"),
    )

    assert result.status == 0
    assert result.out.replace(" \\\n    ", " ") == (
        "docker run --detach --name printed --label io.boxwright.run --read-only --cap-drop ALL"
        " --security-opt no-new-privileges --user 65532:65532 --memory 64m --memory-swap 64m"
        " --cpus 0.5 --pids-limit 20 --ulimit core=0 --log-driver json-file --log-opt max-size=10m"
        " --log-opt max-file=3 --tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777,size=64m"
        " --network none --env API_TOKEN --stop-timeout 30"
        f" {PYTHON} python -V\n"
    )
    assert result.err == "note: `API_TOKEN` is taken from the environment of the shell\n"
    assert starting.inspect("printed") is None


def test_a_job_ends_with_its_result(starting, tmp_path) -> None:
    def run(code: str) -> subprocess.CompletedProcess[str]:
        words = ["run", PYTHON, "--user", "65532", "-q", "--", "python", "-c", code]
        return subprocess.run(
            [sys.executable, "-m", "boxwright", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    good, bad = run("print('done')"), run("exit(3)")

    assert (good.returncode, good.stdout) == (0, "done\n"), good.stderr
    assert bad.returncode == 1
    assert "does not run: it ended with exit code 3" in bad.stderr


def test_a_smoke_test_says_what_is_wrong(starting, command) -> None:
    result = command(
        *("run", PYTHON, "--smoke", "--format", "json", "-q", "--user", "65532"),
        *("--", "python", "-c", "exit(3)"),
    )

    document = json.loads(result.out)
    assert result.status == 1
    assert document["results"][0]["detail"] == "it ended with exit code 3"


def test_ctrl_c_stops_and_removes_it(starting, tmp_path) -> None:
    name = f"boxwright-test-{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-m", "boxwright", "run", PYTHON, "--user", "65532", "-p", ":8000",
         "--name", name, "--", "python", "-c", server()],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "http://127.0.0.1:" in line:
            break
    time.sleep(0.2)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, "ready\n"), err
    assert starting.inspect(name) is None


def test_after_dashes_comes_the_command_though_no_target_is_named(
    starting, command, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("print('trained')\n\nif __name__ == '__main__':\n    pass\n")

    result = command("run", "--print", "--name", "here", "--", "--epochs", "--help")

    assert result.status == 0, result.err
    assert result.out.endswith("train.py --epochs --help\n")


def test_an_empty_name_is_not_the_current_folder(command) -> None:
    result = command("run", "", "--print")

    assert (result.status, result.err) == (
        2,
        "error: `` is no image\n\nhint: options go before the image's name\n",
    )


def test_options_that_exclude_each_other(command) -> None:
    assert command("run", PYTHON, "--smoke", "--print").status == 2
    assert command("run", PYTHON, "--format", "json").status == 2
    assert command("run", PYTHON, "--workload", "api").status == 2
