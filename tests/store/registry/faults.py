"""A proxy before a registry that does to its requests what networks and registries do."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    received: int = 0
    """Bytes of its body."""
    status: int = 0


@dataclass
class Proxy:
    """What goes through, and what goes wrong."""

    upstream: str
    """`host:port` of the registry."""
    host: str = ""
    asked: list[Asked] = field(default_factory=list)
    token_uses: int = 0
    """How many requests a token is good for; 0: none is asked for."""
    tokens: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """By token: how often it is good, and for what."""
    refuses_scope: str = ""
    """A repository that no token is given for."""
    scopes: list[list[str]] = field(default_factory=list)
    """What tokens were asked for."""
    _faults: list[tuple[str, str, int, Fault]] = field(default_factory=list)

    def fault(self, method: str, path: str, fault: Fault, *, times: int = 1) -> None:
        """Do *fault* to the next *times* requests with *method* whose address has *path* in it."""
        self._faults.append((method, path, times, fault))

    def take(self, method: str, path: str) -> Fault | None:
        """Return what is to go wrong with this request."""
        for at, (wanted, pattern, times, fault) in enumerate(self._faults):
            if wanted == method and re.search(pattern, path):
                if times > 1:
                    self._faults[at] = (wanted, pattern, times - 1, fault)
                else:
                    del self._faults[at]
                return fault
        return None

    @property
    def uploaded(self) -> int:
        """Bytes of blobs that came, be it in vain."""
        return sum(one.received for one in self.asked if "/blobs/uploads/" in one.path)

    def count(self, method: str, path: str = "") -> int:
        """Return how many requests with *method* had *path* in their address."""
        return sum(
            one.method == method and re.search(path, one.path) is not None for one in self.asked
        )

    @property
    def methods(self) -> list[str]:
        """The methods of all requests about uploads."""
        return [one.method for one in self.asked if "/blobs/uploads/" in one.path]


class Passing(BaseHTTPRequestHandler):
    """One request on its way through."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def handle_any(self) -> None:
        self.noted = Asked(self.command, self.path, dict(self.headers.items()))
        self.proxy.asked.append(self.noted)
        self.left = int(self.headers.get("Content-Length") or 0)
        if self.path.startswith("/token"):
            self.give_token()
            return
        if self.proxy.token_uses and not self.may():
            self.say(
                401,
                {"WWW-Authenticate": f'Bearer realm="http://{self.proxy.host}/token",service="r"'},
            )
            return
        fault = self.proxy.take(self.command, self.path)
        if fault:
            fault(self)
        else:
            self.relay(self.forward())

    def do_GET(self) -> None:
        self.handle_any()

    def do_HEAD(self) -> None:
        self.handle_any()

    def do_POST(self) -> None:
        self.handle_any()

    def do_PUT(self) -> None:
        self.handle_any()

    def do_PATCH(self) -> None:
        self.handle_any()

    def do_DELETE(self) -> None:
        self.handle_any()

    def pieces(self, most: int | None = None) -> Iterator[bytes]:
        """Yield the body, *most* bytes of it."""
        while self.left and (most is None or most > 0):
            piece = self.rfile.read1(min(self.left, 1 << 16, most or 1 << 16))
            if not piece:
                raise ConnectionError
            self.left -= len(piece)
            self.noted.received += len(piece)
            most = None if most is None else most - len(piece)
            yield piece

    def forward(self, most: int | None = None) -> http.client.HTTPResponse | None:
        """Send the request on; only *most* bytes of its body, and then hang up."""
        connection = http.client.HTTPConnection(self.proxy.upstream, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP | {"authorization"}:
                connection.putheader(name, value)
        connection.endheaders()
        try:
            for piece in self.pieces(most):
                connection.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            # It has answered already, as it may.
            self.close_connection = True
        except ConnectionError:
            connection.close()
            self.close_connection = True
            return None
        if most is not None:
            # What came is taken in before anybody asks how much it was.
            with contextlib.suppress(OSError):
                connection.sock.settimeout(5)
                connection.sock.shutdown(socket.SHUT_WR)
                while connection.sock.recv(1 << 16):
                    pass
            connection.close()
            return None
        answer = connection.getresponse()
        self.body = answer.read()
        connection.close()
        return answer

    def relay(
        self, answer: http.client.HTTPResponse | None, changed: Mapping[str, str | None] = {}
    ) -> None:
        """Give *answer* back, with the headers *changed*; None takes one away."""
        if answer is None:
            self.close_connection = True
            return
        lower = {name.lower() for name in changed}
        headers = [
            (name, value) for name, value in answer.getheaders() if name.lower() not in _HOP | lower
        ]
        headers += [(name, value) for name, value in changed.items() if value is not None]
        self.noted.status = answer.status
        self.send_response(answer.status)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    def say(self, status: int, headers: Mapping[str, str] = {}, body: bytes = b"") -> None:
        """Answer in the registry's stead."""
        for _ in self.pieces():
            pass
        self.answer(status, headers, body)

    def answer(self, status: int, headers: Mapping[str, str] = {}, body: bytes = b"") -> None:
        self.noted.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.left or self.close_connection:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def give_token(self) -> None:
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        scopes = asked.get("scope", [])
        self.proxy.scopes.append(scopes)
        refused = self.proxy.refuses_scope
        given = frozenset(scope for scope in scopes if not refused or f":{refused}:" not in scope)
        token = f"s3cret-{len(self.proxy.tokens)}"
        self.proxy.tokens[token] = (self.proxy.token_uses, given)
        self.say(200, {}, json.dumps({"token": token}).encode())

    def may(self) -> bool:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        left, scopes = self.proxy.tokens.get(token, (0, frozenset()))
        self.proxy.tokens[token] = (left - 1, scopes)
        source = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("from")
        if source and f"repository:{source[0]}:pull" not in scopes:
            return False
        return left > 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


Fault = Callable[[Passing], None]


def cut(after: int) -> Fault:
    """Pass on that many bytes of the request, and hang up on both sides."""

    def do(passing: Passing) -> None:
        passing.forward(after)
        passing.close_connection = True

    return do


def lose_answer(passing: Passing) -> None:
    """Pass all of the request on, and hang up instead of giving the answer."""
    passing.forward()
    passing.close_connection = True


def say(status: int, headers: Mapping[str, str] = {}, body: bytes = b"") -> Fault:
    """Take the whole request, and answer it without the registry."""
    return lambda passing: passing.say(status, headers, body)


def say_early(status: int, headers: Mapping[str, str] = {}, body: bytes = b"") -> Fault:
    """Answer before the request has come to its end."""

    def do(passing: Passing) -> None:
        next(passing.pieces(), b"")
        passing.answer(status, headers, body)

    return do


def say_after(status: int) -> Fault:
    """Pass the request on, and answer otherwise than the registry did."""

    def do(passing: Passing) -> None:
        passing.forward()
        passing.answer(status)

    return do


def change(**headers: str | None) -> Fault:
    """Change the answer's headers, whose names have `_` for `-`."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda passing: passing.relay(passing.forward(), changed)


def spoil(passing: Passing) -> None:
    """Change a byte of the request's body on its way."""
    pieces = passing.pieces

    def spoilt(most: int | None = None) -> Iterator[bytes]:
        for at, piece in enumerate(pieces(most)):
            yield bytes([piece[0] ^ 1]) + piece[1:] if at == 0 else piece

    passing.pieces = spoilt  # type: ignore[method-assign]
    answer = passing.forward()
    # The same object takes what follows on this connection.
    passing.pieces = pieces  # type: ignore[method-assign]
    passing.relay(answer)


@contextmanager
def before(upstream: str) -> Iterator[Proxy]:
    """Stand before the registry *upstream* until the block ends."""
    proxy = Proxy(upstream)
    handler = type("Handler", (Passing,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy.host = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
