"""Asks the engine's own command line about containers, within bounds of time and size."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from boxwright.errors import EngineError
from boxwright.store.engine import VARIABLE, Engine

PATIENCE = 30.0
"""Seconds that an engine has to answer."""
_PULLING = 3600.0
_LIMIT = 1 << 20
"""The most bytes of an answer that are kept; of logs the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command of the engine said."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What it said of a failure, in one piece."""
        return " ".join((self.err.strip() or self.out.strip()).split())[-2000:]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a container is."""

    status: str
    """`created`, `running`, `exited` …"""
    exit_code: int = 0
    was_killed_for_memory: bool = False
    health: str = ""
    """`starting`, `healthy`, `unhealthy`; empty where the engine asks nothing."""
    error: str = ""
    """What kept it from being started, in the engine's words."""

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.status in ("running", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine that containers run on, as far as the engine tells."""

    cpus: int = 0
    """0: it does not tell."""
    is_remote: bool = False
    limits_memory: bool = True
    has_gpu_runtime: bool | None = None
    """None where that cannot be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The command line of an engine."""

    engine: Engine

    def try_(
        self,
        *arguments: str,
        stdin: bytes = b"",
        timeout: float = PATIENCE,
        environ: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return what the engine answers to *arguments*, whatever its status."""
        return _answer(
            [self.engine.program, *arguments],
            environ={**self.engine.environ, **(environ or {})},
            stdin=stdin,
            timeout=timeout,
        )

    def ask(
        self,
        *arguments: str,
        timeout: float = PATIENCE,
        environ: Mapping[str, str] | None = None,
    ) -> str:
        """Return what the engine answers; EngineError has its words where it refuses."""
        found = self.try_(*arguments, timeout=timeout, environ=environ)
        if found.status:
            raise self.refused(arguments[0], found)
        return found.out

    def refused(self, what: str, answer: Answer, *, hint: str = "") -> EngineError:
        """Return the error that says that *what* failed."""
        name = f"{self.engine.name} {self.engine.version}".strip()
        return EngineError(f"{name} did not {what}: {answer.words}", hint=hint or _hint(answer))

    def host(self) -> Host:
        """Return what the engine tells of its machine."""
        info = _object(self.try_("info", "--format", "{{json .}}").out)
        if self.engine.name == "podman":
            about = info.get("host")
            host = about if isinstance(about, dict) else {}
            return Host(
                cpus=_number(host.get("cpus")), is_remote=host.get("serviceIsRemote") is True
            )
        runtimes = info.get("Runtimes")
        return Host(
            cpus=_number(info.get("NCPU")),
            is_remote=self.engine.name == "docker" and self._is_remote(),
            limits_memory=info.get("MemoryLimit") is not False,
            has_gpu_runtime=(isinstance(runtimes, dict) and "nvidia" in runtimes) or None,
        )

    def inspect(self, name: str) -> dict[str, Any] | None:
        """Return what the engine tells of the container *name*; None if there is none."""
        found = self.try_("container", "inspect", name)
        if found.status:
            return None
        try:
            listed = json.loads(found.out)
        except (ValueError, RecursionError):
            return None
        first = listed[0] if isinstance(listed, list) and listed else None
        return first if isinstance(first, dict) else None

    def state(self, name: str) -> State | None:
        """Return how the container *name* is; None if there is none."""
        found = self.inspect(name)
        told = found.get("State") if found else None
        if not isinstance(told, dict):
            return None
        health = told.get("Health") or told.get("Healthcheck")
        return State(
            status=str(told.get("Status", "")).lower(),
            exit_code=_number(told.get("ExitCode")),
            was_killed_for_memory=told.get("OOMKilled") is True,
            health=str(health.get("Status") or "") if isinstance(health, dict) else "",
            error=str(told.get("Error") or ""),
        )

    def published(self, name: str, port: int) -> int | None:
        """Return the port of 127.0.0.1 that answers for *port* of the container *name*."""
        found = self.try_("port", name, f"{port}/tcp")
        for line in found.out.splitlines():
            text = line.strip().rpartition(":")[2]
            if not found.status and text.isascii() and text.isdigit():
                return int(text)
        return None

    def logs(self, name: str, lines: int = 2000) -> str:
        """Return the last *lines* that the container *name* wrote, from both of its streams."""
        found = _answer(
            [self.engine.program, "logs", "--tail", str(lines), name],
            environ=self.engine.environ,
            timeout=PATIENCE,
            joined=True,
        )
        return found.out

    def run_inside(
        self, name: str, *command: str, stdin: bytes = b"", timeout: float = PATIENCE
    ) -> Answer:
        """Return what *command* says in the container *name*."""
        options = ("--interactive",) if stdin else ()
        return self.try_("exec", *options, name, *command, stdin=stdin, timeout=timeout)

    def pull(self, name: str) -> Answer:
        """Let the engine fetch the image *name*."""
        return self.try_("pull", "--quiet", name, timeout=_PULLING)

    def remove(self, name: str) -> None:
        """Remove the container *name* and what it had for itself, if it is there."""
        self.try_("rm", "--force", "--volumes", name)

    def _is_remote(self) -> bool:
        """Return whether Docker is asked over the network."""
        found = self.try_("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        host = found.out.strip() or self.engine.environ.get("DOCKER_HOST", "")
        return "://" in host and not host.startswith(("unix://", "npipe://"))


def _answer(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    joined: bool = False,
) -> Answer:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if joined else subprocess.PIPE,
            env=dict(environ),
            # Ctrl-C is for us: we tell the engine what is to happen.
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(
            f"`{command[0]}` cannot be started: {error.strerror or error}",
            hint=f"install it again, or name another with {VARIABLE}",
        ) from error
    with process:
        kept: list[bytearray] = []
        readers = []
        for stream in (process.stdout, process.stderr):
            kept.append(bytearray())
            if stream is not None:
                readers.append(threading.Thread(target=_read_end, args=(stream, kept[-1])))
        for reader in readers:
            reader.start()
        try:
            if process.stdin is not None:
                _write(process.stdin, stdin)
            until = time.monotonic() + timeout
            status = process.wait(timeout)
            for reader in readers:
                reader.join(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise EngineError(
                f"`{' '.join([command[0].rpartition('/')[2], command[1]])}` did not end within"
                f" {timeout:g} seconds",
                hint="see whether the engine is well",
            ) from error
        except BaseException:
            process.kill()
            raise
    out, err = (bytes(text).decode(errors="replace") for text in kept)
    return Answer(status=status, out=out, err=err)


def _write(stream: IO[bytes], content: bytes) -> None:
    try:
        stream.write(content)
        stream.close()
    except OSError:
        # Who does not listen says why by himself.
        return


def _read_end(stream: IO[bytes], kept: bytearray) -> None:
    """Read *stream* to its end, and keep the last of it."""
    while piece := stream.read1(1 << 16):  # type: ignore[attr-defined]
        kept += piece
        if len(kept) > 2 * _LIMIT:
            del kept[:-_LIMIT]


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


_HINTS = (
    ("port is already allocated", "another program has that port: name one with `--publish`"),
    ("address already in use", "another program has that port: name one with `--publish`"),
    ("could not select device driver", "install the NVIDIA Container Toolkit, or go without: `--cpu`"),
    ("nvidia", "see what `boxwright doctor` says of the GPU, or go without: `--cpu`"),
    ("unresolvable cdi devices", "`nvidia-ctk cdi generate` makes the list of GPUs, or use `--cpu`"),
    ("bind source path does not exist", "make that folder, or mount another with `--mount`"),
    ("permission denied while trying to connect", "ask to be a member of the engine's group"),
    ("cannot connect to the docker daemon", "see whether the engine is running"),
    ("no such network", "make that network, or name another with `--network`"),
    ("exec format error", "the image is for another architecture: build it for this one"),
    ("no space left", "make room where the engine keeps its data"),
)  # fmt: skip


def _hint(answer: Answer) -> str:
    said = f"{answer.out}{answer.err}".lower()
    return next((hint for sign, hint in _HINTS if sign in said), "")
