"""What the environment says: where the database, the queue and the model are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from psycopg.conninfo import make_conninfo

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a process, which do not change while it runs."""

    # Both hold passwords, which logs and tracebacks have no business with.
    database: str = field(repr=False)
    """How to connect to PostgreSQL, as libpq reads it."""
    redis_url: str = field(repr=False)
    model_dir: Path = PROJECT / "model"
    log_level: str = "INFO"
    worker_concurrency: int = 2
    """Processes of a worker. Celery would take one for each core of the host, limited or not."""
    retention_days: int = 30
    """How long batches and their predictions are kept."""

    @property
    def model(self) -> Path:
        """The model's file."""
        return self.model_dir / "churn.safetensors"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """
        Return the settings that *environment* asks for, by default those of a developer's machine.

        Passwords come from the files that `DATABASE_PASSWORD_FILE` and `REDIS_PASSWORD_FILE`
        name (`/run/secrets/…`): child processes, crash reports and `docker inspect` show the
        environment. Read once, so a new password takes a restart.
        """
        return cls(
            database=_database(
                environment.get("DATABASE_URL", "postgresql://scoring@127.0.0.1:5432/scoring"),
                environment.get("DATABASE_PASSWORD_FILE"),
            ),
            redis_url=_redis_url(
                environment.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
                environment.get("REDIS_PASSWORD_FILE"),
            ),
            model_dir=Path(environment.get("MODEL_DIR", PROJECT / "model")),
            log_level=environment.get("LOG_LEVEL", "INFO").upper(),
            worker_concurrency=int(environment.get("WORKER_CONCURRENCY", "2")),
            retention_days=int(environment.get("RETENTION_DAYS", "30")),
        )


def _database(url: str, password_file: str | None) -> str:
    if not password_file:
        return make_conninfo(url, connect_timeout=3)
    return make_conninfo(url, connect_timeout=3, password=_secret(password_file))


def _redis_url(url: str, password_file: str | None) -> str:
    if not password_file:
        return url
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    user = parts.username or ""
    return parts._replace(
        netloc=f"{user}:{quote(_secret(password_file), safe='')}@{place}"
    ).geturl()


def _secret(path: str) -> str:
    # Editors and `echo` end a file with a line break, which is no part of a password.
    return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
