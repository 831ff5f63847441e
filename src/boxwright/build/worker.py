"""
A worker process: jobs come in as lines of JSON, answers go out as lines of JSON.

`{"advance": 1000000}` tells of progress; `{"result": …}`, `{"error": …}` (something that
the user can mend) or `{"bug": …}` ends a job. The end of its input is the end of the
worker: so it does not outlive the build that started it, however that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from boxwright.build.bytecode import (
    BytecodeLayerTask,
    CompileTask,
    compile_wheel,
    write_bytecode_layer,
)
from boxwright.build.wheel_task import LayerTask, write_layer
from boxwright.errors import BoxwrightError, StoreError
from boxwright.store.cache import Cache

_REPORT = 2_000_000
"""Bytes between two reports of progress."""


class _Reporter:
    """Tells of progress, not too often."""

    def __init__(self) -> None:
        self._since = 0

    def advance(self, amount: int) -> None:
        self._since += amount
        if self._since >= _REPORT:
            self.flush()

    def flush(self) -> None:
        if self._since:
            _say({"advance": self._since})
            self._since = 0


def main() -> None:
    """Do the jobs on standard input; the cache is the folder in the first argument."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cache = Cache(Path(sys.argv[1]))
    jobs: queue.SimpleQueue[str] = queue.SimpleQueue()
    is_busy = threading.Event()
    threading.Thread(target=_listen, args=(jobs, is_busy), daemon=True).start()
    while line := jobs.get():
        is_busy.set()
        _say(_answer(json.loads(line), cache))
        is_busy.clear()


def _listen(jobs: queue.SimpleQueue[str], is_busy: threading.Event) -> None:
    # Not through sys.stdin, whose lock this thread would hold when the process ends.
    pending = b""
    while received := os.read(0, 1 << 16):
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            jobs.put(line.decode())
    jobs.put("")
    if is_busy.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


def _leave(*_: object) -> NoReturn:
    raise SystemExit(1)


def _answer(job: dict[str, Any], cache: Cache) -> dict[str, Any]:
    reporter = _Reporter()
    try:
        return {"result": _do(job, cache, reporter)}
    except BoxwrightError as error:
        kind = type(error).__name__
        return {"error": {"kind": kind, "message": error.message, "hint": error.hint}}
    except OSError as error:
        failed = StoreError(
            f"a layer cannot be written: {error.strerror or error}",
            hint="see that the disk is neither full nor read-only",
        )
        return {"error": {"kind": "StoreError", "message": failed.message, "hint": failed.hint}}
    except Exception:  # noqa: BLE001 (the parent shows it as the bug that it is)
        return {"bug": traceback.format_exc()}
    finally:
        reporter.flush()


def _do(job: dict[str, Any], cache: Cache, reporter: _Reporter) -> dict[str, Any]:
    task = job["task"]
    match job["kind"]:
        case "layer":
            return write_layer(LayerTask.from_dict(task), cache, reporter.advance).to_dict()
        case "compile":
            return compile_wheel(CompileTask.from_dict(task), cache, reporter.advance).to_dict()
        case "bytecode-layer":
            return asdict(write_bytecode_layer(BytecodeLayerTask.from_dict(task), cache))
        case _:
            msg = f"`{job['kind']}` is no job"
            raise ValueError(msg)


def _say(answer: dict[str, Any]) -> None:
    # The parent may be gone; the listener then ends this process.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
