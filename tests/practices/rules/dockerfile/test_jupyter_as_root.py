"""Tests of the rule `jupyter-as-root`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("jupyter-as-root")


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12\nCMD jupyter lab --allow-root",
        'FROM nobody/knows\nENTRYPOINT ["jupyter-notebook", "--allow-root"]',
        "FROM python:3.12\nUSER 1000\nUSER root\nCMD jupyter lab --ServerApp.allow_root=True",
        "FROM python:3.12\nRUN echo 'c.NotebookApp.allow_root = True' >> /etc/jupyter/a.py",
        "CMD jupyter notebook --allow-root",
    ],
)
def test_root_is_found_and_left(text: str) -> None:
    findings = JUDGE.findings(text)

    assert [(finding.severity, finding.fix) for finding in findings] == [(Severity.WARNING, None)]


def test_without_effect_the_option_is_taken_off() -> None:
    text = 'FROM python:3.12\r\nUSER 1000\r\nCMD ["jupyter", "lab", "--allow-root"]\r\n'

    assert JUDGE.messages(text) == ["`--allow-root` allows what `USER 1000` does not do"]
    assert JUDGE.findings(text)[0].severity is Severity.INFO
    assert JUDGE.fixed(text, unsafe=False) == text.replace(', "--allow-root"', "")


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12\nCMD jupyter lab",
        "FROM python:3.12\nCMD npm install --allow-root",
        "FROM python:3.12\nRUN jupyter notebook --generate-config --allow-root",
        "FROM python:3.12\nCMD jupyter lab --ServerApp.allow_root=False",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
