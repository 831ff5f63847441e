"""The settings are what the environment says, with passwords from files."""

from pathlib import Path

import pytest
from scoring.settings import PROJECT, Settings


def test_nothing_said_is_a_developers_machine() -> None:
    assert Settings.from_environment({}) == Settings(
        database="user=scoring dbname=scoring host=127.0.0.1 port=5432 connect_timeout=3",
        redis_url="redis://127.0.0.1:6379/0",
        model_dir=PROJECT / "model",
        log_level="INFO",
        worker_concurrency=2,
        retention_days=30,
    )


def test_everything_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("it's secret\n", encoding="utf-8")
    (tmp_path / "redis").write_text("a/b@c", encoding="utf-8")

    settings = Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://scorer@db/scores",
            "DATABASE_PASSWORD_FILE": str(tmp_path / "database"),
            "REDIS_URL": "redis://queue:6380/1",
            "REDIS_PASSWORD_FILE": str(tmp_path / "redis"),
            "MODEL_DIR": "/models",
            "LOG_LEVEL": "debug",
            "WORKER_CONCURRENCY": "4",
            "RETENTION_DAYS": "7",
        }
    )

    assert settings == Settings(
        database=r"user=scorer dbname=scores host=db connect_timeout=3 password='it\'s secret'",
        redis_url="redis://:a%2Fb%40c@queue:6380/1",
        model_dir=Path("/models"),
        log_level="DEBUG",
        worker_concurrency=4,
        retention_days=7,
    )


def test_a_password_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Settings.from_environment({"DATABASE_PASSWORD_FILE": str(tmp_path / "absent")})


def test_passwords_are_not_shown() -> None:
    settings = Settings.from_environment(
        {"DATABASE_URL": "postgresql://a:hidden@db/c", "REDIS_URL": "redis://:hidden@queue"}
    )

    assert "hidden" not in repr(settings)
