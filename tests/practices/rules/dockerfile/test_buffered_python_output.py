"""Tests of the rule `buffered-python-output`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("buffered-python-output")
BASE = "FROM python:3.12-slim\n"


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["python", "train.py"]',
        "# why\n  CMD python \\\n    train.py",
        'ENTRYPOINT ["python3", "-m", "app"]\nCMD ["--x"]',
        'ENTRYPOINT ["tini", "--"]\nCMD ["uv", "run", "a.py"]',
    ],
)
def test_the_variable_is_set_before_the_start(start: str) -> None:
    text = f"{BASE}USER 1\n{start}\n"
    indent = "  " if "  CMD" in start else ""

    assert JUDGE.fixed(text, unsafe=False) == (
        f"{BASE}USER 1\n{indent}ENV PYTHONUNBUFFERED=1\n{start}\n"
    )
    assert JUDGE.findings(text)[0].severity is Severity.WARNING


def test_messages_name_what_prints() -> None:
    assert JUDGE.messages(f"{BASE}CMD python src/train.py") == [
        "what `src/train.py` prints is held back: `PYTHONUNBUFFERED` is not set"
    ]
    [of_server] = JUDGE.findings(f"{BASE}CMD uvicorn a:b")
    assert of_server.severity is Severity.INFO
    assert of_server.message.startswith("what a program under `uvicorn` prints")


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}ENV PYTHONUNBUFFERED=1\nCMD python a.py",
        f"{BASE.strip()} AS a\nENV PYTHONUNBUFFERED 1\nFROM a\nCMD python a.py",
        f"{BASE}CMD python -u a.py",
        f"{BASE}CMD python -Bu a.py",
        f"{BASE}CMD PYTHONUNBUFFERED=1 python a.py",
        f'{BASE}CMD ["python"]',
        f"{BASE}CMD python --version",
        f"{BASE}CMD node a.js",
        BASE,
        "FROM nobody/knows\nCMD python a.py",
        "CMD python a.py",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_script_that_starts_what_it_is_given_prints_nothing_itself() -> None:
    files = {"entrypoint.sh": '#!/bin/sh\nif a; then python -m send_logs; fi\nexec "$@"\n'}
    text = f'{BASE}COPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\n'

    assert Judge("buffered-python-output", files=files).messages(text) == []


def test_scripts_are_read() -> None:
    judge = Judge("buffered-python-output", files={"a.sh": "#!/bin/sh\nexec python a.py\n"})

    assert len(judge.messages(f'{BASE}COPY a.sh /\nCMD ["/a.sh"]')) == 1
