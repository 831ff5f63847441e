from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("read-only-without-tmpfs", path="compose.yaml")
pods = Judge("read-only-without-tmpfs", path="deployment.yaml")

READ_ONLY = "securityContext: {readOnlyRootFilesystem: true}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            compose("read_only: true\n", image="python:3.13-slim"),
            "`api` has a read-only root and cannot write to `/tmp` (Python's `tempfile` needs it)",
        ),
        (
            compose("read_only: true\ntmpfs: [/tmp]\nenvironment: [HF_HOME=/models]\n"),
            "`api` has a read-only root and cannot write to `/models` (`HF_HOME` says so)",
        ),
        (
            compose("read_only: true\ntmpfs: [/run, /var/cache]\n", image="postgres:17"),
            "`api` has a read-only root and cannot write to `/tmp` (PostgreSQL writes there)",
        ),
    ],
)
def test_what_cannot_be_written_to_is_told(text: str, message: str) -> None:
    assert judge.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        compose(image="python:3.13-slim"),
        compose("read_only: true\ntmpfs: [/tmp]\n", image="python:3.13-slim"),
        compose("read_only: true\nvolumes: ['/tmp']\n", image="python:3.13-slim"),
        compose("read_only: true\n", image="redis:7.4"),
        compose("read_only: true\nvolumes: ['./run:/']\n"),
        compose(
            "read_only: true\ntmpfs: [/tmp]\nenvironment: {HF_HOME: /models, HF_HUB_OFFLINE: 1}\n"
        ),
        compose("read_only: true\ntmpfs: [/tmp]\nenvironment: {HF_HOME: '${PLACE}'}\n"),
    ],
)
def test_what_is_writable_is_not_found(text: str) -> None:
    assert judge.messages(text) == []


def test_a_mount_that_is_read_only_does_not_help() -> None:
    text = compose(
        "read_only: true\ntmpfs: [/tmp]\nenvironment: {HF_HOME: /models}\nvolumes: ['hub:/models:ro']\n"
    )

    assert len(judge.messages(text)) == 1


def test_of_an_unknown_image_only_a_hint_is_given() -> None:
    found = judge.findings(compose("read_only: true\n")) + pods.findings(pod(READ_ONLY))

    assert [finding.severity for finding in found] == [Severity.INFO, Severity.INFO]


def test_what_the_dockerfile_installs_is_known() -> None:
    judge = Judge(
        "read-only-without-tmpfs",
        path="compose.yaml",
        files={"Dockerfile": "FROM python:3.13-slim\nRUN pip install transformers==4.57.0\n"},
    )
    text = "services:\n  api:\n    build: .\n    read_only: true\n    tmpfs: [/tmp]\n"

    message = (
        "`api` has a read-only root and cannot write to `/root/.cache/huggingface`"
        " (`transformers` keeps models there)"
    )

    assert judge.messages(text) == [message]
    assert judge.fixed(text) == (
        text + "    volumes:\n      - api-huggingface:/root/.cache/huggingface\n"
        "volumes:\n  api-huggingface: {}\n"
    )


def test_the_fix_of_temporary_folders_is_safe() -> None:
    text = pod(
        READ_ONLY + "volumeMounts: [{name: tmp, mountPath: /data}]\n",
        "volumes: [{name: tmp, emptyDir: {}}]\n",
    )

    assert pods.fixed(text, unsafe=False) == text.replace(
        "/data}]", "/data}, {name: tmp, mountPath: /tmp}]"
    )
    assert judge.fixed(compose("read_only: true\n"), unsafe=False) == compose(
        "read_only: true\ntmpfs:\n  - /tmp\n"
    )
