"""Tests of the rule `development-packages-in-service`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

FILES = {"requirements.txt": "fastapi==1\npytest==8\nruff==1\n"}
JUDGE = Judge("development-packages-in-service", files=FILES)
SERVE = 'CMD ["uvicorn", "app:app"]\n'


@pytest.mark.parametrize(
    ("lines", "message", "place", "severity"),
    [
        (
            "RUN pip install fastapi jupyterlab pytest",
            "`jupyterlab` and `pytest` are of no use to a service: it starts `uvicorn`",
            "jupyterlab",
            Severity.WARNING,
        ),
        (
            "COPY . .\nRUN pip install -r requirements.txt",
            (
                "`pytest` and `ruff` of `requirements.txt` are of no use to a service: it starts"
                " `uvicorn`"
            ),
            "RUN",
            Severity.INFO,
        ),
    ],
)
def test_tools_for_development_are_found(
    lines: str, message: str, place: str, severity: Severity
) -> None:
    text = f"FROM python:3.12-slim\n{lines}\n{SERVE}"
    found = JUDGE.findings(text)

    assert [(item.message, item.severity) for item in found] == [(message, severity)]
    assert JUDGE.places(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        'FROM python:3.12\nRUN pip install jupyterlab pytest\nCMD ["jupyter", "lab"]',
        'FROM python:3.12\nRUN pip install torch pytest\nCMD ["python", "train.py"]',
        f"FROM python:3.12 AS test\nRUN pip install pytest\nFROM python:3.12\n{SERVE}",
        "FROM python:3.12\nRUN pip install jupyterlab\nEXPOSE 8888",
        f"FROM python:3.12\nRUN pip install fastapi\n{SERVE}",
    ],
)
def test_other_images_and_stages_are_not(text: str) -> None:
    assert JUDGE.messages(f"{text}\n") == []
