"""Tests of the rule `healthcheck-without-tool`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("healthcheck-without-tool")
SLIM = "FROM python:3.12-slim\n"
CODE = "import urllib.request; urllib.request.urlopen('http://localhost:8000/health')"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("curl -f http://localhost:8000/health || exit 1", f'python -c "{CODE}" || exit 1'),
        ('["curl", "-fsS", "http://localhost:8000/health"]', f'["python", "-c", "{CODE}"]'),
        ("wget -q --spider localhost:8000/health", f'python -c "{CODE}"'),
        ("curl -sf \\\n    http://localhost:8000/health > /dev/null", f'python -c "{CODE}" > /dev/null'),
    ],
)  # fmt: skip
def test_python_asks_where_it_is_there(before: str, after: str) -> None:
    text = f"{SLIM}HEALTHCHECK --timeout=5s CMD {before}\nCMD a\n"

    assert JUDGE.fixed(text, unsafe=False) == text.replace(before, after)
    assert JUDGE.fixed(text.replace("\n", "\r\n")) == text.replace(before, after).replace(
        "\n", "\r\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("curl -f localhost:$PORT", 'wget -q -O /dev/null "http://localhost:$PORT"'),
        ('["curl", "-f", "http://a"]', '["wget", "-q", "-O", "/dev/null", "http://a"]'),
    ],
)
def test_without_python_wget_asks(before: str, after: str) -> None:
    text = f"FROM node:22-alpine\nHEALTHCHECK CMD {before} || exit 1\n".replace("] || exit 1", "]")

    assert JUDGE.fixed(text) == text.replace(before, after)
    assert JUDGE.fixed(text.replace("-alpine", "-slim")) == text.replace("-alpine", "-slim")


def test_messages_name_the_program_and_the_base() -> None:
    text = f"{SLIM}HEALTHCHECK CMD curl -f localhost || exit 1"

    assert JUDGE.messages(text) == [
        "the health check cannot run: `curl` is not in `python:3.12-slim`, nor installed"
    ]
    assert JUDGE.places(text) == ["curl"]
    assert JUDGE.messages("FROM scratch\nHEALTHCHECK CMD /app check") == [
        "the health check needs a shell, and an empty image has none"
    ]


@pytest.mark.parametrize(
    "check",
    [
        "curl -X POST localhost",
        "curl -f -H 'A: b' http://localhost",
        "curl -s localhost | grep ok",
        "curl -fk https://localhost",
        '["/usr/bin/curl", "-f", "http://localhost:$PORT", "http://b"]',
    ],
)
def test_other_requests_are_found_only(check: str) -> None:
    findings = JUDGE.findings(f"{SLIM}HEALTHCHECK CMD {check}")

    assert len(findings) == 1
    assert findings[0].fix is None


@pytest.mark.parametrize(
    "text",
    [
        f"{SLIM}RUN apt-get install -y curl\nHEALTHCHECK CMD curl localhost",
        f"{SLIM}HEALTHCHECK CMD curl localhost || wget localhost",
        f"{SLIM}HEALTHCHECK CMD python -c 'a'",
        f"{SLIM}HEALTHCHECK CMD /srv/check.sh",
        f"{SLIM}HEALTHCHECK NONE",
        f"{SLIM}HEALTHCHECK CMD if command -v curl; then curl localhost; fi",
        f"{SLIM}COPY --from=x /usr/bin /usr/bin\nHEALTHCHECK CMD curl localhost",
        "FROM python:3.12\nHEALTHCHECK CMD curl localhost",
        "FROM nobody/knows\nHEALTHCHECK CMD curl localhost",
        "FROM python:3.12-alpine\nHEALTHCHECK CMD wget localhost",
        "HEALTHCHECK CMD curl localhost",
        f"{SLIM.strip()} AS a\nHEALTHCHECK CMD curl x\nFROM a\nRUN apt-get install curl",
    ],
)
def test_what_is_there_or_not_known_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
