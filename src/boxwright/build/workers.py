"""Processes that write layers, so that all processors have work."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from boxwright import errors
from boxwright.errors import BoxwrightError, BuildError
from boxwright.store.cache import Cache

_COMMAND = (sys.executable, "-P", "-c", "from boxwright.build.worker import main; main()")
_PATIENCE = 5
"""Seconds that a worker has for removing what it was writing."""

Advance = Callable[[int], None]


class Workers:
    """
    At most *count* worker processes, each started when there is work for it.

    Use it in a `with` statement: when that is left by an exception, the work is given
    up and nothing of it stays behind.
    """

    def __init__(self, count: int, cache: Cache) -> None:
        self._count = max(1, count)
        self._cache = cache
        self._changed = threading.Condition()
        self._queue: list[tuple[int, int, dict[str, Any], Advance, Future[dict[str, Any]]]] = []
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._processes: list[subprocess.Popen[str]] = []
        self._idle = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._is_closed = True
            if kind is not None:
                self._queue.clear()
                for process in self._processes:
                    process.terminate()
            self._changed.notify_all()
        for process in self._processes if kind is not None else ():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            process.kill()
        for thread in self._threads:
            thread.join()

    def submit(
        self, job: dict[str, Any], *, cost: int, advance: Advance = lambda _: None
    ) -> Future[dict[str, Any]]:
        """
        Have *job* done, the one that costs most first; *advance* is told of bytes done.

        The result raises the BoxwrightError that the worker met.
        """
        future: Future[dict[str, Any]] = Future()
        with self._changed:
            heapq.heappush(self._queue, (-cost, next(self._numbers), job, advance, future))
            if self._idle < len(self._queue) and len(self._threads) < self._count:
                thread = threading.Thread(target=self._serve, name="worker", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return future

    def _serve(self) -> None:
        """Give work to one process until there is none left."""
        process: subprocess.Popen[str] | None = None
        try:
            while True:
                with self._changed:
                    self._idle += 1
                    while not self._queue and not self._is_closed:
                        self._changed.wait()
                    self._idle -= 1
                    if not self._queue:
                        return
                    _, _, job, advance, future = heapq.heappop(self._queue)
                    try:
                        process = process or self._start()
                    except OSError as error:
                        future.set_exception(_cannot_start(error))
                        continue
                try:
                    future.set_result(_ask(process, job, advance))
                except BaseException as error:  # noqa: BLE001 (it is the future's to tell)
                    future.set_exception(error)
        finally:
            if process is not None:
                _dismiss(process)

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*_COMMAND, str(self._cache.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            # Ctrl-C is for the parent, which then decides what becomes of the workers.
            start_new_session=True,
        )
        self._processes.append(process)
        if self._is_closed:
            process.terminate()
        return process


def _ask(process: subprocess.Popen[str], job: dict[str, Any], advance: Advance) -> dict[str, Any]:
    """Return what *process* answers to *job*."""
    if process.stdin is None or process.stdout is None:
        raise _died(process)
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
    except OSError:
        raise _died(process) from None
    for line in process.stdout:
        if not line.endswith("\n"):
            break
        answer = json.loads(line)
        if "advance" in answer:
            advance(answer["advance"])
        elif "error" in answer:
            raise _error(**answer["error"])
        elif "bug" in answer:
            raise RuntimeError(answer["bug"])
        else:
            result: dict[str, Any] = answer["result"]
            return result
    raise _died(process)


def _dismiss(process: subprocess.Popen[str]) -> None:
    """Let *process*, which has nothing to do, end."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()


def _died(process: subprocess.Popen[str]) -> BuildError:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    code = process.returncode
    how = f"was killed by signal {-code}" if code is not None and code < 0 else "ended early"
    return BuildError(
        f"a worker process {how}",
        hint="if the machine is short of memory, build with fewer workers",
    )


def _cannot_start(error: OSError) -> BuildError:
    return BuildError(
        f"no worker process can be started: {error.strerror or error}",
        hint="see that the Python that runs boxwright is still installed",
    )


def _error(kind: str, message: str, hint: str) -> BoxwrightError:
    """Return the error that a worker met, as it was raised there."""
    found = getattr(errors, kind, BuildError)
    error: BoxwrightError = found.__new__(found)
    BoxwrightError.__init__(error, message, hint=hint)
    return error
