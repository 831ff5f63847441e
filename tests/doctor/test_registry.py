"""Registries on this machine: reached, with credentials, for pulling and for pushing."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.doctor.machines import NOW, hints, told

from boxwright.doctor.registry import check_registry, granted
from boxwright.doctor.result import Result
from boxwright.oci.reference import parse_reference
from boxwright.store.transport import Transport

BASIC = "Basic " + base64.b64encode(b"me:s3cret").decode()


@dataclass
class Registry:
    """A registry that lets in as a test wants."""

    host: str = ""
    wants: str = ""
    """`token`, `opaque` or `basic`."""
    login: bool = True
    """Whether its tokens need a password."""
    allowed: tuple[str, ...] = ("pull", "push")
    status: int = 200
    """Of the list of tags, for those who are let in."""
    root: int = 0
    """Of its start, where that is odd."""
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def registry() -> Iterator[Registry]:
    state = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "")
            state.asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/token"):
                self.give_token(sent)
            elif state.root and self.path == "/v2/":
                self.answer(state.root)
            elif state.wants == "basic" and sent != BASIC:
                self.answer(401, b"{}", 'Basic realm="here"')
            elif state.wants in ("token", "opaque") and not sent.startswith("Bearer "):
                self.answer(401, b"{}", f'Bearer realm="http://{state.host}/token",service="r"')
            else:
                self.answer(200 if self.path == "/v2/" else state.status, b"{}")

        def do_HEAD(self) -> None:
            self.do_GET()

        def give_token(self, sent: str) -> None:
            if state.login and sent != BASIC:
                body = b'{"errors": [{"code": "UNAUTHORIZED", "message": "log in first"}]}'
                self.answer(401, body)
                return
            claims = {"access": [{"name": "team/api", "actions": list(state.allowed)}]}
            packed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
            token = "opaque-token" if state.wants == "opaque" else f"e30.{packed}.c2ln"
            self.answer(200, json.dumps({"token": token}).encode())

        def answer(self, status: int, body: bytes = b"", challenge: str = "") -> None:
            self.send_response_only(status)
            self.send_header("Date", format_datetime(state.now, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / ".docker").mkdir(parents=True)
    return tmp_path / "home"


def log_in(home: Path, registry: Registry) -> None:
    entry = {"auth": BASIC.removeprefix("Basic ")}
    settings = {"auths": {registry.host: entry}}
    (home / ".docker" / "config.json").write_text(json.dumps(settings))


def check(machine, home: Path, registry: Registry) -> list[Result]:
    transport = Transport(environ={"HOME": str(home), "PATH": ""}, timeout=5, backoff=0.001)
    reference = parse_reference(f"{registry.host}/team/api")
    results = list(check_registry(machine.host(), reference, transport))
    assert "s3cret" not in str(results)
    return [
        replace(
            it,
            what=it.what.replace(registry.host, "r"),
            evidence=it.evidence.replace(registry.host, "r"),
        )
        for it in results
    ]


def test_a_registry_that_gives_a_token_for_pushing_is_well(machine, home, registry) -> None:
    registry.wants = "token"
    log_in(home, registry)

    assert told(check(machine, home, registry)) == {
        "r": ("ok", "it answers, in the clear"),
        "clock": ("ok", "as that of `r`"),
        "pull from team/api": ("ok", "as `me`"),
        "push to team/api": ("ok", "as `me`"),
    }
    assert not any(it.startswith(("POST", "PUT", "PATCH")) for it in registry.asked)


def test_a_token_for_pulling_only_is_a_failure(machine, home, registry) -> None:
    registry.wants, registry.allowed = "token", ("pull",)
    log_in(home, registry)

    results = check(machine, home, registry)

    assert told(results)["push to team/api"] == (
        "failure",
        "as `me`; the token is good for pull only",
    )
    assert hints(results)["push to team/api"] == (
        "have the account be given the right to push there"
    )


def test_who_is_not_known_is_told_how_to_log_in(machine, home, registry) -> None:
    registry.wants, registry.login, registry.allowed = "token", False, ("pull",)

    results = check(machine, home, registry)

    assert told(results)["pull from team/api"] == ("ok", "without credentials")
    assert hints(results)["push to team/api"] == (
        f"give credentials: `docker login {registry.host}`"
    )


def test_a_refusal_is_told_with_the_registrys_words(machine, home, registry) -> None:
    registry.wants = "token"

    results = check(machine, home, registry)

    assert told(results)["pull from team/api"] == (
        "failure",
        "`r/team/api:latest`: the registry refuses access (UNAUTHORIZED: log in first)",
    )


@pytest.mark.parametrize(
    ("wants", "seen"),
    [
        ("", "it asks for no credentials to read"),
        ("basic", "as `me`; a password does not tell what it is good for"),
        ("opaque", "as `me`; the token does not tell what it is good for"),
    ],
)
def test_where_only_a_push_will_show_it_that_is_said(machine, home, registry, wants, seen) -> None:
    registry.wants = wants
    log_in(home, registry)

    assert told(check(machine, home, registry))["push to team/api"] == ("unknown", seen)


def test_a_repository_that_is_not_there_yet_is_no_failure(machine, home, registry) -> None:
    registry.status = 404

    assert told(check(machine, home, registry))["pull from team/api"] == (
        "ok",
        "without credentials; the repository is not there yet",
    )


@pytest.mark.parametrize(
    ("seconds", "verdict", "seen"),
    [
        (5, "ok", "as that of `r`"),
        (-90, "warning", "90 seconds ahead of that of `r`: tokens may be refused"),
        (3600, "failure", "3600 seconds behind that of `r`: tokens and certificates are refused"),
    ],
)
def test_the_clock_is_compared(machine, home, registry, seconds, verdict, seen) -> None:
    registry.now = NOW + timedelta(seconds=seconds)

    assert told(check(machine, home, registry))["clock"] == (verdict, seen)


def test_what_is_no_registry_is_told(machine, home, registry) -> None:
    registry.root = 404

    assert told(check(machine, home, registry)) == {
        "r": ("failure", "`r` answers, but is no registry: there is nothing at `/v2/`")
    }


def test_a_registry_that_nobody_answers_at_is_told(machine, home) -> None:
    gone = Registry(host="127.0.0.1:1")

    results = check(machine, home, gone)

    assert [it.verdict for it in results] == ["failure"]
    assert results[0].evidence.startswith("an answer of the registry cannot be fetched from")


@pytest.mark.parametrize(
    ("token", "actions"),
    [
        ("opaque", None),
        ("a.b.c", None),
        ("a.e30.c", None),
        ("a." + base64.urlsafe_b64encode(b'{"access": [1, {"name": "x"}]}').decode() + ".c", set()),
        ("a." + base64.urlsafe_b64encode(b"[" * 99_999).decode() + ".c", None),
    ],
)
def test_odd_tokens_tell_nothing(token: str, actions: object) -> None:
    assert granted(token, "team/api") == actions
