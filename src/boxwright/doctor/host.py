"""The machine that is looked at: its files, its programs, its disks, its clock."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20
"""Bytes of a file, or of what a program prints, that are looked at."""
_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a program came to."""

    status: int
    """Negative where it did not end by itself, or did not start."""
    out: str
    err: str

    @property
    def words(self) -> str:
        """What it says of a failure, in one line that may be shown."""
        said = " ".join((self.err.strip() or self.out.strip()).split())
        clean = "".join(sign for sign in said if sign.isprintable()).replace("`", "'").rstrip(".")
        if len(clean) > _WORDS:
            return f"{clean[:_WORDS]}…"
        return clean or f"status {self.status}"

    @property
    def document(self) -> dict[str, Any]:
        """Its output, where that is a JSON object; else nothing."""
        try:
            found = json.loads(self.out)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a file system has left for this user."""

    device: int
    free: int
    """Bytes."""
    total: int
    free_files: int
    """Files that can still be made; as many as *total_files* where it does not count them."""
    total_files: int
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """
    A machine, with *root* as the folder of its `/proc`, `/sys`, `/etc` and `/run`.

    Programs are found by the PATH of *environ* and run in that environment.
    """

    environ: Mapping[str, str]
    root: Path = Path("/")
    machine: str = field(default_factory=platform.machine)
    """As `uname -m` has it."""
    cpus: int = field(default_factory=lambda: _cpus())
    patience: float = 15
    """Seconds that a program has."""
    clock: datetime | None = None
    """What time it is there; None: as this process sees it."""

    @property
    def architecture(self) -> str:
        """As platforms have it: `amd64`, `arm64`."""
        names = {"x86_64": "amd64", "aarch64": "arm64"}
        return names.get(self.machine.lower(), self.machine.lower())

    @property
    def now(self) -> datetime:
        """What time it is there, in UTC."""
        return self.clock or datetime.now(UTC)

    def read(self, path: str) -> str | None:
        """Return the beginning of the file *path*; None where it cannot be read."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(_LARGEST).decode("utf-8", "replace")
        except OSError:
            return None

    def has(self, path: str) -> bool:
        """Return whether there is the file or folder *path*."""
        try:
            return (self.root / path).exists()
        except OSError:
            return False

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in *folder*, none where it cannot be read."""
        try:
            return tuple(sorted(entry.name for entry in (self.root / folder).iterdir()))
        except OSError:
            return ()

    def find(self, program: str) -> str | None:
        """Return where *program* is; None where it is not there."""
        return shutil.which(program, path=self.environ.get("PATH", os.defpath))

    def run(self, program: str, *arguments: str) -> Answer | None:
        """Return what *program* says, which is given no input; None where there is none."""
        found = self.find(program)
        if found is None:
            return None
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                process = subprocess.Popen(
                    [found, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env={**self.environ, "LC_ALL": "C.UTF-8"},
                    start_new_session=True,
                )
            except OSError as error:
                return Answer(status=-1, out="", err=error.strerror or str(error))
            try:
                status = process.wait(self.patience)
            except subprocess.TimeoutExpired:
                _end(process)
                patience = f"it did not answer within {self.patience:.0f} seconds"
                return Answer(status=-1, out="", err=patience)
            except BaseException:
                _end(process)
                raise
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read(_LARGEST).decode("utf-8", "replace"))
        return Answer(status=status, out=texts[0], err=texts[1])

    def room(self, folder: Path) -> Room | None:
        """Return what is left where *folder* is, or will be made; None where that is not here."""
        place = folder
        while not place.exists():
            if place == place.parent:
                return None
            place = place.parent
        try:
            found = os.statvfs(place)
            device = place.stat().st_dev
        except OSError:
            return None
        return Room(
            device=device,
            free=found.f_bavail * found.f_frsize,
            total=found.f_blocks * found.f_frsize,
            free_files=found.f_favail,
            total_files=found.f_files,
            writable=os.access(place, os.W_OK),
        )


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
