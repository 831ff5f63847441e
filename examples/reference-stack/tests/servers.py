"""A PostgreSQL and a Redis for the tests: real ones, on ports of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
import redis
from scoring.settings import Settings

PASSWORD = "p@ss:w/rd %20'"  # noqa: S105 (of servers that live for seconds)
"""With all that means something in a URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Where the servers are, as the environment of a process says it."""

    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        """What a process makes of that."""
        return Settings.from_environment(self.environment)

    def empty(self) -> None:
        """Remove all that the servers keep."""
        with psycopg.connect(self.settings.database) as connection:
            connection.execute("DROP TABLE IF EXISTS predictions, batches")
        with redis.Redis.from_url(self.settings.redis_url) as queue:
            queue.flushall()


@contextmanager
def started() -> Iterator[Services]:
    """Start both servers, and end them."""
    # Not pytest's folder: where the tests run as root, PostgreSQL is another user's process.
    with tempfile.TemporaryDirectory(prefix="reference-stack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        password = folder / "password"
        password.write_text(f"{PASSWORD}\n", encoding="utf-8")
        with (
            _postgres(folder / "postgres", password) as database_port,
            _redis(folder / "redis") as redis_port,
        ):
            yield Services(
                environment={
                    "DATABASE_URL": f"postgresql://scoring@127.0.0.1:{database_port}/postgres",
                    "DATABASE_PASSWORD_FILE": str(password),
                    "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
                    "REDIS_PASSWORD_FILE": str(password),
                }
            )


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _postgres(folder: Path, password: Path) -> Iterator[int]:
    postgres, initdb = _program("postgres"), _program("initdb")
    as_user: dict[str, object] = {"cwd": folder}
    folder.mkdir()
    if os.geteuid() == 0:  # which PostgreSQL refuses to be
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data, port = folder / "data", free_port()
    log = folder.with_suffix(".log")
    options = ["--username=scoring", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
    flags = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(folder)]

    def answers() -> bool:
        address = f"host=127.0.0.1 port={port} user=scoring dbname=postgres"
        with psycopg.connect(address, password=PASSWORD):
            return True

    with log.open("wb") as output:
        output_to_log = {"stdout": output, "stderr": subprocess.STDOUT}
        made = subprocess.run(
            [initdb, "--pgdata", data, *options], check=False, **output_to_log, **as_user
        )
        assert made.returncode == 0, log.read_text(encoding="utf-8")
        # SIGINT: SIGTERM would wait for clients to go.
        with _running(
            [postgres, "-D", data, "-p", str(port), *flags],
            answers,
            log,
            end=signal.SIGINT,
            **output_to_log,
            **as_user,
        ):
            yield port


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    program = _program("redis-server")
    folder.mkdir()
    port = free_port()
    # Not as arguments: every user of the machine could read the password there.
    settings = folder / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'port {port}\nbind 127.0.0.1\ndir {folder}\nsave ""\nrequirepass "{PASSWORD}"\n',
        encoding="utf-8",
    )
    log = folder.with_suffix(".log")

    def answers() -> bool:
        with redis.Redis(port=port, password=PASSWORD) as client:
            return bool(client.ping())

    with (
        log.open("wb") as output,
        _running(
            [program, settings],
            answers,
            log,
            end=signal.SIGTERM,
            stdout=output,
            stderr=subprocess.STDOUT,
        ),
    ):
        yield port


@contextmanager
def _running(
    arguments: list[str | Path],
    answers: Callable[[], bool],
    log: Path,
    *,
    end: signal.Signals,
    **options: object,
) -> Iterator[None]:
    with subprocess.Popen(arguments, **options) as server:
        try:
            _wait(answers, server, log)
            yield
        finally:
            server.send_signal(end)
            server.wait(30)


def _wait(answers: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if answers():
                return
        except (psycopg.OperationalError, redis.RedisError):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"a server does not start: {log.read_text(encoding='utf-8')}")
        time.sleep(0.05)


def _program(name: str) -> str:
    """Return where a server is: Debian keeps PostgreSQL's programs out of the PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        _lacking(f"there is no `{name}`: `apt-get install postgresql redis-server`")
    return found


def _lacking(reason: str) -> NoReturn:
    """Skip the test; fail it where everything has to be there."""
    if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE"):
        pytest.fail(reason)
    pytest.skip(reason)
