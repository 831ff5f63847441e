"""Who answers early is not sent the rest, and connections that were broken off are not used again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boxwright.store.transport import CutError, Transport

ANSWER = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    return Transport(environ={"HOME": str(tmp_path)}, timeout=5)


class Listener:
    """Takes a connection for each of *answers*, which it gives after a few bytes."""

    def __init__(self, answers: list[tuple[bytes, bool]]) -> None:
        self._answers = answers
        """Each with whether it hangs up then."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for answer, hangs_up in self._answers:
            connection, _ = self._socket.accept()
            self._connections.append(connection)
            connection.recv(5000)
            connection.sendall(answer)
            if hangs_up:
                connection.close()

    def close(self) -> None:
        for each in (self._socket, *self._connections):
            each.close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    made = []

    def make(*answers: tuple[bytes, bool]) -> Listener:
        made.append(Listener(list(answers)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def pieces(count: int, sent: list[int]) -> Iterator[bytes]:
    for _ in range(count):
        sent.append(1)
        yield bytes(1 << 16)


@pytest.mark.parametrize("hangs_up", [True, False])
def test_the_rest_is_not_sent_after_an_early_answer(listen, transport, hangs_up: bool) -> None:
    url = listen((ANSWER, hangs_up), (WELL, False)).url
    sent: list[int] = []

    early = transport.send(
        "PUT", url, what="it", headers={"Content-Length": str(5000 << 16)}, body=pieces(5000, sent)
    )
    after = transport.send("GET", url, what="it")

    assert (early.status, early.content, after.status) == (413, b"no", 200)
    assert len(sent) < 1000


def test_who_hangs_up_without_an_answer_has_cut(listen, transport) -> None:
    url = listen((b"", True)).url

    with pytest.raises(CutError) as caught:
        transport.send(
            "PUT",
            f"{url}?secret=1",
            what="it",
            headers={"Content-Length": str(5000 << 16)},
            body=pieces(5000, []),
        )

    assert caught.value.message == f"it: `{url}` does not answer: the connection was cut"


def test_of_a_long_answer_only_so_much_is_read(listen, transport) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000)

    answer = transport.send("GET", listen((long, False)).url, what="it", limit=1000)

    assert answer.content == bytes(1000)
