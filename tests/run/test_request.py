"""Requests to a real server, right and wrong answers."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from boxwright.run.request import Reply, Request, ask, complaints


class Handler(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, bytes, str | None]]] = []

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.seen.append((self.command, self.path, body, self.headers.get("X-Key")))
        if self.path == "/slow":
            time.sleep(2)
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(
                b"x" * (3 << 20) if self.path == "/large" else b'{"a": {"b": [1, true]}}'
            )

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_request_is_sent_as_it_is_said(port) -> None:
    request = Request(path="/p?q=1", method="POST", headers=(("X-Key", "k"),), body=b"{}")

    reply = ask(port, request)

    assert Handler.seen[-1] == ("POST", "/p?q=1", b"{}", "k")
    assert (reply.status, reply.body) == (200, b'{"a": {"b": [1, true]}}')


def test_no_more_than_a_megabyte_is_read(port) -> None:
    assert len(ask(port, Request(path="/large")).body) == 1 << 20


def test_nobody_waits_longer_than_said(port) -> None:
    reply = ask(port, Request(path="/slow", timeout=0.3))

    assert reply.failure == "no whole answer within 0.3 seconds"


def test_a_closed_port_is_told(port) -> None:
    reply = ask(1, Request(path="/"))

    assert reply.is_closed


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(path="/"), []),
        (Request(path="/", status=404), ["status 200, where 404 is expected"]),
        (Request(path="/", contains=('"a"', "zzz")), ["`zzz` is not in the answer"]),
        (Request(path="/", expected={"a": {"b": [1, True]}}), []),
        (Request(path="/", expected={"a": {"b": [1, 1]}}), ["`a.b[1]` is `true`, where `1` is expected"]),
        (Request(path="/", expected={"a": {"b": [1]}}), ["`a.b` is `[1, true]`, where `[1]` is expected"]),
        (Request(path="/", expected={"c": 1, "a": {"d": 2}}), ["`c` is missing", "`a.d` is missing"]),
        (Request(path="/", expected=[1]), ["the answer is `{\"a\": {\"b\": [1, true]}}`, where `[1]` is expected"]),
        (Request(path="/", expected={"a": {"b": {"c": 1}}}), ["`a.b` is no object"]),
    ],
)  # fmt: skip
def test_an_answer_is_held_to_what_is_known_of_it(request_: Request, expected: list[str]) -> None:
    reply = Reply(status=200, body=b'{"a": {"b": [1, true]}}')

    assert list(complaints(request_, reply)) == expected


def test_what_is_no_json_and_what_did_not_come() -> None:
    wanted = Request(path="/", expected={})

    assert complaints(wanted, Reply(status=200, body=b"<html>")) == ["the answer is no JSON"]
    assert complaints(wanted, Reply(status=200, body=b"[" * 100_000)) == ["the answer is no JSON"]
    assert complaints(wanted, Reply(failure="gone")) == ["gone"]
