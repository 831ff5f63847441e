"""A request to a service under test, and whether its answer is the expected one."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from boxwright.errors import BoxwrightError
from boxwright.run.client import Client

_MOST = 1 << 20
"""Bytes of an answer that are looked at."""
_WELL = range(200, 400)
_ASK = (
    "import base64,http.client,json,sys\n"
    "q=json.load(sys.stdin)\n"
    "c=http.client.HTTPConnection('127.0.0.1',q['port'],timeout=q['timeout'])\n"
    "c.request(q['method'],q['path'],base64.b64decode(q['body']) or None,dict(q['headers']))\n"
    "a=c.getresponse()\n"
    "b=base64.b64encode(a.read(q['most'])).decode()\n"
    "print(json.dumps({'status':a.status,'body':b}))"
)
"""Asks in the container, where its ports cannot be reached from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked, and what answer is right."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int | None = None
    """None: anything from 200 to 399."""
    contains: tuple[str, ...] = ()
    """Texts that the answer has in it."""
    expected: object = None
    """What the answer, which is JSON, has in it: of objects these members; None: whatever."""
    timeout: float = 10
    is_health: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int = 0
    body: bytes = b""
    seconds: float = 0
    failure: str = ""
    """Why nothing came back, as a clause."""
    is_closed: bool = False
    """Whether the connection was refused or broken off."""


def ask(port: int, request: Request) -> Reply:
    """Send *request* to *port* of 127.0.0.1."""
    begun = time.monotonic()
    until = begun + request.timeout
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=request.timeout)
    try:
        connection.request(
            request.method, request.path, request.body or None, dict(request.headers)
        )
        response = connection.getresponse()
        body = bytearray()
        while len(body) < _MOST and (piece := response.read1(1 << 16)):
            body += piece
            if time.monotonic() > until:
                return _late(request)
        return Reply(
            status=response.status, body=bytes(body[:_MOST]), seconds=time.monotonic() - begun
        )
    except TimeoutError:
        return _late(request)
    except (ConnectionError, http.client.RemoteDisconnected) as error:
        return Reply(failure=f"the connection is refused or broken off: {error}", is_closed=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Reply(failure=f"{type(error).__name__}: {error}"[:300])
    finally:
        connection.close()


def ask_inside(client: Client, name: str, python: str, port: int, request: Request) -> Reply:
    """Send *request* from within the container *name*, by its own *python*."""
    question = {
        "port": port,
        "method": request.method,
        "path": request.path,
        "headers": list(request.headers),
        "body": base64.b64encode(request.body).decode(),
        "timeout": request.timeout,
        "most": _MOST // 2,
    }
    begun = time.monotonic()
    try:
        found = client.run_inside(
            name,
            *(python, "-ISc", _ASK),
            stdin=json.dumps(question).encode(),
            timeout=request.timeout + 10,
        )
    except BoxwrightError as error:
        return Reply(failure=error.message)
    try:
        answer = json.loads(found.out)
        return Reply(
            status=int(answer["status"]),
            body=base64.b64decode(answer["body"]),
            seconds=time.monotonic() - begun,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        lines = found.err.strip().splitlines() or ["it says nothing"]
        return Reply(failure=lines[-1][:300], is_closed="Connection" in lines[-1])


def _late(request: Request) -> Reply:
    return Reply(failure=f"no whole answer within {request.timeout:g} seconds")


def complaints(request: Request, reply: Reply) -> Sequence[str]:
    """Return what is wrong with *reply*, as clauses."""
    if reply.failure:
        return [reply.failure]
    found = []
    if request.status is None and reply.status not in _WELL:
        found.append(f"status {reply.status}, where one from 200 to 399 is expected")
    elif request.status is not None and reply.status != request.status:
        found.append(f"status {reply.status}, where {request.status} is expected")
    text = reply.body.decode(errors="replace")
    found += [f"`{each}` is not in the answer" for each in request.contains if each not in text]
    if request.expected is not None:
        try:
            answer = json.loads(reply.body)
        except (ValueError, RecursionError):
            found.append("the answer is no JSON")
        else:
            found += _missing(request.expected, answer, "")
    return found


def _missing(wanted: object, got: Any, key: str) -> list[str]:  # noqa: ANN401 (JSON)
    """Return where *got* lacks what *wanted* has: members of objects, whole arrays, values."""
    place = f"`{key}`" if key else "the answer"
    if isinstance(wanted, dict):
        if not isinstance(got, dict):
            return [f"{place} is no object"]
        found = []
        for name, value in wanted.items():
            below = f"{key}.{name}" if key else str(name)
            if name not in got:
                found.append(f"`{below}` is missing")
            else:
                found += _missing(value, got[name], below)
        return found
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [
            it for at in range(len(wanted)) for it in _missing(wanted[at], got[at], f"{key}[{at}]")
        ]
    if wanted == got and isinstance(wanted, bool) is isinstance(got, bool):
        return []
    return [f"{place} is {_shown(got)}, where {_shown(wanted)} is expected"]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`"
