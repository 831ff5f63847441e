"""Running programs, and what they cost: wall time, memory, and the machine they ran on."""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.03
"""Seconds between two looks at the memory of a process tree."""


class BenchError(Exception):
    """The benchmark cannot go on; the message is for whoever runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of a program printed and cost."""

    output: str
    seconds: float
    largest_rss: int
    """Bytes: ru_maxrss, the largest single process of the tree."""
    peak_pss: int
    """Bytes: the most that all processes held together; 0 if nobody looked."""


def run(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    look_at_memory: bool = False,
) -> Run:
    """Run a program to its end; raise BenchError with its last words if it fails."""
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
        peak = _Peak(process.pid) if look_at_memory else None
        # wait4 and not wait: it also tells the largest resident set of the whole tree.
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak_pss = peak.stop() if peak else 0
        out.seek(0)
        output = out.read()
        if process.returncode:
            log.seek(0)
            said = (output + log.read()).strip()[-3000:]
            raise BenchError(f"`{' '.join(words)}` ended with {process.returncode}:\n{said}")
    return Run(
        output=output,
        seconds=seconds,
        largest_rss=usage.ru_maxrss * 1024,
        peak_pss=peak_pss,
    )


class _Peak:
    """Watches a process and its descendants, and remembers the most memory they held."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._most = max(self._most, sum(_pss(pid) for pid in _tree(self._pid)))


def _tree(pid: int) -> Iterator[int]:
    """Yield *pid* and all its descendants."""
    yield pid
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _pss(pid: int) -> int:
    """Return the proportional set size of *pid* in bytes; shared pages are divided up."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def settle() -> None:
    """Write out what earlier steps left behind, so that the next one does not pay for it."""
    os.sync()


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._start


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """Make *path* an empty folder, and remove it afterwards."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def program(name: str, hint: str) -> str:
    """Return the path of the program *name*; raise BenchError with *hint* if there is none."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name, path=_path())
    if not found:
        raise BenchError(f"`{name}` is not installed; {hint}")
    return found


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def machine() -> dict[str, str]:
    """Return what the results depend on and what may be told about this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": _system(),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
    }


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()
