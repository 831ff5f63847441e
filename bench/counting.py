"""A door in front of a server on this machine that counts what goes through it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PIECE = 1 << 16


class Door:
    """Passes connections on, and counts bytes of both directions."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.sent = 0
        """Bytes that came from clients."""
        self.received = 0
        """Bytes that the server gave them."""
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        """Where clients knock."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def count_anew(self) -> None:
        """Forget what went through so far."""
        with self._lock:
            self.sent = self.received = self.connections = 0

    def close(self) -> None:
        """Let nobody in any more."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    self.connections += 1
                server = socket.create_connection(self._target)
                for source, sink, upwards in ((client, server, True), (server, client, False)):
                    threading.Thread(
                        target=self._pass,
                        args=(source, sink),
                        kwargs={"upwards": upwards},
                        daemon=True,
                    ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, *, upwards: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                with self._lock:
                    if upwards:
                        self.sent += len(piece)
                    else:
                        self.received += len(piece)
                sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def counted(target: str) -> Iterator[Door]:
    """Give a door in front of the server at *target*."""
    door = Door(target)
    try:
        yield door
    finally:
        door.close()
