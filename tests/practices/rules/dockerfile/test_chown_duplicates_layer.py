"""Tests of the rule `chown-duplicates-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("chown-duplicates-layer", files={"m/a.bin": ""}, sizes={"m/a.bin": 2 * 10**9})
SMALL = Judge("chown-duplicates-layer", files={"m/a.py": "x"})
HEAD = "FROM python:3.12-slim\nRUN useradd app\nWORKDIR /app\n"


def test_message_and_fix() -> None:
    text = f"{HEAD}COPY . .\nRUN mkdir -p /data && \\\n    chown -R app:app /app /data\n"

    assert JUDGE.messages(text) == [
        "`chown -R` writes `/app` (2.0 GB) a second time, into this layer"
    ]
    assert [each.fix for each in JUDGE.findings(text)] == [None]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM python:3.12-slim\r\nRUN useradd app\r\nWORKDIR /app\r\nCOPY --link . .\r\nRUN chown -R app:app /app\r\n",
            "FROM python:3.12-slim\r\nRUN useradd app\r\nWORKDIR /app\r\nCOPY --chown=app:app --link . .\r\nRUN chown app:app /app\r\n",
        ),
        (
            f"{HEAD}COPY a.whl /app/\nCOPY src /app/src\nRUN echo \\\n  && chown  -R  app .\n",
            (
                f"{HEAD}COPY --chown=app:0 a.whl /app/\nCOPY --chown=app:0 src /app/src\n"
                "RUN echo \\\n  && chown  app .\n"
            ),
        ),
        (
            "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN useradd app && chown -R app:app /app\nUSER app\n",
            (
                "FROM python:3.12\nWORKDIR /app\nRUN useradd app && chown app:app /app\n"
                "COPY --chown=app:app . .\nUSER app\n"
            ),
        ),
        (
            f"{HEAD}COPY . .\nRUN chmod -R 755 /app\n",
            f"{HEAD}COPY --chmod=755 . .\nRUN chmod 755 /app\n",
        ),
    ],
)
def test_the_copy_says_whose_it_is(before: str, after: str) -> None:
    assert JUDGE.fixed(before, unsafe=False) == after


@pytest.mark.parametrize(
    "rest",
    [
        "COPY . .\nRUN make\nRUN chown -R app /app",
        "COPY . .\nWORKDIR /app/sub\nRUN chown -R app /app",
        "COPY . .\nRUN poetry install --no-root\nRUN chown -R app /app",
        "COPY . .\nRUN chown -R $WHO /app",
        "COPY . .\nRUN chmod -R a+rX /app",
        "RUN git clone https://example.com/x.git /app/x\nRUN chown -R app /app",
    ],
)
def test_no_fix_where_more_than_the_copy_is_there(rest: str) -> None:
    assert [each.fix for each in JUDGE.findings(HEAD + rest)] == [None]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}COPY --chown=app . .\nRUN chown app /app",
        f"{HEAD}RUN mkdir /app/data && chown -R app /app",
        f"{HEAD}COPY . .\nRUN chmod +x /app/run.sh",
        f"{HEAD}COPY . .\nRUN chown -R app /data",
        "FROM a AS b\nCOPY . /app\nRUN chown -R app /app\nFROM c\nCOPY --from=b /app /app",
        "RUN chown -R app /app",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_little_is_only_worth_knowing() -> None:
    (finding,) = SMALL.findings(f"{HEAD}COPY . .\nRUN chown -R app /app")

    assert finding.severity is Severity.INFO
