"""Work that another thread does, in order, while the caller goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_BATCH = 1 << 20
"""
Bytes that are handed over together.

Handing over costs a switch between threads; piece by piece two threads are slower than one.
"""

_MOST_BATCHES = 6
"""How far the caller may run ahead, which bounds the memory."""

_Call = Callable[[bytes], object]


class Background:
    """
    Calls functions with bytes, in the order given, in a thread of its own.

    What a call raises is raised by a later `call`, or by `finish`. A Background that
    is dropped ends its thread.
    """

    def __init__(self) -> None:
        self._batch: list[tuple[_Call, bytes]] = []
        self._size = 0
        self._waiting: deque[Future[None]] = deque()
        self._executor: ThreadPoolExecutor | None = None

    def call(self, function: _Call, content: bytes) -> None:
        """Have *function* called with *content*."""
        self._batch.append((function, content))
        self._size += len(content)
        if self._size >= _BATCH:
            self._submit()

    def finish(self) -> None:
        """Wait until all is done."""
        if self._executor is None:
            _carry_out(self._batch)
        else:
            self._submit()
            while self._waiting:
                self._waiting.popleft().result()
            self._executor.shutdown()
            self._executor = None
        self._batch, self._size = [], 0

    def _submit(self) -> None:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="layer")
        self._waiting.append(self._executor.submit(_carry_out, self._batch))
        self._batch, self._size = [], 0
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > _MOST_BATCHES):
            self._waiting.popleft().result()


def _carry_out(batch: list[tuple[_Call, bytes]]) -> None:
    for function, content in batch:
        function(content)
