"""What health checks ask."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import commands

from boxwright.practices.programs.health import (
    Probe,
    commands_of_test,
    parsed_url,
    probe,
    tools,
)
from boxwright.text.joined import Word
from boxwright.text.source import Span


def asked(script: str) -> Probe:
    found = probe(commands(script))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("curl -f http://localhost:8000/health || exit 1", ("curl", "localhost", 8000, "/health", True)),
        ("curl http://localhost/", ("curl", "localhost", 80, "/", False)),
        ("curl --fail -s localhost:${PORT:-9000}/x", ("curl", "localhost", 9000, "/x", True)),
        ("curl -f http://localhost:$PORT/x", ("curl", "localhost", None, "/x", True)),
        ("curl -sf http://localhost:8000/health | grep ok", ("curl", "localhost", 8000, "/health", True)),
        ("wget --spider -q http://127.0.0.1:80/x", ("wget", "127.0.0.1", 80, "/x", True)),
        ("wget -qO- http://[::1]:80/x", ("wget", "[::1]", 80, "/x", True)),
        ("python -c \"import urllib.request as u; u.urlopen('http://localhost:8000/h')\"",
         ("python", "localhost", 8000, "/h", True)),
        ("python -c \"import requests; requests.get('http://localhost:8000/h')\"",
         ("python", "localhost", 8000, "/h", False)),
        ("python -c \"import requests; requests.get('http://localhost:8000').raise_for_status()\"",
         ("python", "localhost", 8000, "/", True)),
        ("python -c \"import socket; socket.create_connection(('localhost', 8000), 1)\"",
         ("python", "localhost", 8000, "", True)),
        ("python healthcheck.py", ("python", "", None, "", True)),
        ("nc -z localhost 8000", ("nc", "localhost", 8000, "", False)),
        ("pg_isready -U postgres -h db", ("pg_isready", "db", 5432, "", True)),
        ("redis-cli -p 6380 ping", ("redis-cli", "", 6380, "", True)),
        ("grpc_health_probe -addr=:50051", ("grpc_health_probe", "", 50051, "", True)),
        ("grpc_health_probe --addr=localhost:50051", ("grpc_health_probe", "localhost", 50051, "", True)),
        ("test -f /tmp/ready && curl -f http://localhost:1/", ("curl", "localhost", 1, "/", True)),
        ("curl -f http://localhost:1/ || wget -q http://localhost:2/",
         ("curl", "localhost", 1, "/", True)),
    ],
)  # fmt: skip
def test_probes(script: str, expected: tuple[str, str, int | None, str, bool]) -> None:
    found = asked(script)

    assert (found.tool, found.host, found.port, found.path, found.fails_on_error) == expected


@pytest.mark.parametrize("script", ["true", "test -f /tmp/x", "exit 0", "", "curl"])
def test_no_probes(script: str) -> None:
    assert probe(commands(script)) is None


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("", (False, False)),
        (" || exit 1", (False, True)),
        (" || exit 0", (True, False)),
        (" || true", (True, False)),
        ("; true", (True, False)),
        ("; exit 0", (True, False)),
        (" || (echo unhealthy; exit 1)", (False, True)),
        (" && echo ok || exit 1", (False, True)),
    ],
)
def test_endings(ending: str, expected: tuple[bool, bool]) -> None:
    found = asked(f"curl -f http://localhost:1/{ending}")

    assert (found.always_succeeds, found.has_exit_status) == expected


@pytest.mark.parametrize(
    ("texts", "tool"),
    [
        (("CMD", "curl", "-f", "http://localhost:1/"), "curl"),
        (("CMD", "sh", "-c", "curl -f http://localhost:1/ || exit 1"), "curl"),
        (("CMD-SHELL", "wget -q http://localhost:1/ || exit 1"), "wget"),
        (("NONE",), None),
        ((), None),
    ],
)
def test_tests_of_compose(texts: tuple[str, ...], tool: str | None) -> None:
    words = [
        Word(text, text, Span(at * 100, at * 100 + len(text))) for at, text in enumerate(texts)
    ]
    found = probe(commands_of_test(words))

    assert (found.tool if found else None) == tool


def test_place_of_url_and_tool() -> None:
    script = "curl -f 'http://localhost:1/'"
    found = asked(script)

    assert found.url_word is not None
    assert script[slice(*found.url_word.span)] == "'http://localhost:1/'"
    assert script[slice(*found.tool_word.span)] == "curl"
    assert found.is_local
    assert not asked("curl -f http://db:1/").is_local


def test_tools() -> None:
    found = tools(commands("[ -f /x ] && curl -f http://x | grep ok || exit 1"))

    assert [word.value for word in found] == ["curl", "grep"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h", ("h", 443, "/")),
        ("http://u:p@H:1/a?b#c", ("h", 1, "/a?b")),
        ("${HOST}:80/x", ("${host}", 80, "/x")),
        ("http://h:99999999/", ("h", None, "/")),
        ("", ("", 80, "/")),
    ],
)
def test_parsed_url(url: str, expected: tuple[str, int | None, str]) -> None:
    assert parsed_url(url) == expected
