"""
Connections that listen while they send: who answers early is not sent the rest.

A registry that refuses a blob of gigabytes says so after its first bytes, and closes.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.wait import wait_for_read

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection, BaseHTTPSConnection

    _Connection = HTTPConnection
else:
    _Connection = object


class _Listening(_Connection):
    """What is sent ends where the server has said something; then that is the answer."""

    _ended_early = False

    def send(self, data: Any) -> None:  # noqa: ANN401 (that of http.client)
        # Under TLS there may be something to read that is no answer: a session's ticket.
        if self.sock is not None and not isinstance(self.sock, ssl.SSLSocket):
            self._ended_early = self._ended_early or wait_for_read(self.sock, timeout=0)
        if self._ended_early:
            # urllib3 goes on to read the answer after this error, and after no other.
            raise BrokenPipeError
        try:
            super().send(data)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError) as error:
            self._ended_early = True
            raise BrokenPipeError from error

    @property
    def is_connected(self) -> bool:
        # The server still waits for the rest of what was sent: nothing else can follow.
        return not self._ended_early and super().is_connected

    def close(self) -> None:
        self._ended_early = False
        super().close()


class _PlainConnection(_Listening, HTTPConnection):
    pass


class _SecureConnection(_Listening, HTTPSConnection):
    pass


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls: type[BaseHTTPConnection] = _PlainConnection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls: type[BaseHTTPSConnection] = _SecureConnection


def listening(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return *manager*, whose new connections listen while they send."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager
