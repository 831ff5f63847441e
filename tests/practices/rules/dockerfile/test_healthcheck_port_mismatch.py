"""Tests of the rule `healthcheck-port-mismatch`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("healthcheck-port-mismatch")
CHECK = "FROM python:3.12\nHEALTHCHECK CMD curl -f http://localhost:8080/a || exit 1\n"


@pytest.mark.parametrize(
    ("check", "start", "after"),
    [
        ("curl http://localhost:80/a", 'CMD ["uvicorn", "--port", "81"]', "curl http://localhost:81/a"),
        ('["wget", "localhost:80"]', "CMD uvicorn --port=8000", '["wget", "localhost:8000"]'),
        ('python -c "import requests as r; r.get(\'http://127.0.0.1:80\')"', "CMD uvicorn a",
         'python -c "import requests as r; r.get(\'http://127.0.0.1:8000\')"'),
        ("nc -z localhost 80", "CMD uvicorn a", "nc -z localhost 80"),
    ],
)  # fmt: skip
def test_the_port_of_the_server_is_asked(check: str, start: str, after: str) -> None:
    text = f"FROM python:3.12\r\nHEALTHCHECK CMD {check}\r\n{start}\r\n"

    assert len(JUDGE.messages(text)) == 1
    assert JUDGE.fixed(text) == text.replace(check, after)


def test_messages_tell_both_ports() -> None:
    assert JUDGE.messages(f"{CHECK}CMD uvicorn a:b") == [
        "the health check asks port 8080, `uvicorn` listens on 8000"
    ]


def test_a_port_that_is_not_exposed_is_worth_knowing() -> None:
    finding = JUDGE.findings(f'{CHECK}EXPOSE 9000\nCMD ["/srv/run"]')[0]

    assert finding.message == "the health check asks port 8080, EXPOSE has 9000"
    assert (finding.severity, finding.fix) == (Severity.INFO, None)


@pytest.mark.parametrize(
    "start",
    [
        "CMD uvicorn a:b --port 8080",
        "CMD uvicorn a:b --port $PORT",
        "ENV UVICORN_PORT=8080\nCMD uvicorn a:b",
        "CMD uvicorn a:b $ARGS",
        "CMD gunicorn a:b",
        "CMD gunicorn -c conf.py a:b",
        "CMD streamlit run a.py",
        "CMD python app.py",
        "EXPOSE 8080\nCMD /srv/run",
        "CMD /srv/run",
        "CMD nginx & uvicorn a:b",
        "CMD torchserve --start",
    ],
)
def test_what_may_be_right_is_fine(start: str) -> None:
    assert JUDGE.messages(f"{CHECK}{start}") == []


def test_other_hosts_and_unknown_ports_are_not_judged() -> None:
    for url in ("http://db:1/", "http://localhost:$PORT/", "http://localhost:${PORT:-8000}/"):
        text = f"FROM python:3.12\nHEALTHCHECK CMD curl -f {url}\nCMD uvicorn a:b"
        assert JUDGE.messages(text) == []
