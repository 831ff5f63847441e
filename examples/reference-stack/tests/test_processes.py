"""The processes of the graph together: a batch goes through queue and worker into the database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from scoring.model import Model
from scoring.settings import PROJECT
from scoring.store import Store
from servers import Services

Row = dict[str, object]


@pytest.mark.parametrize("pool", ["solo", "prefork"])
def test_a_batch_is_scored_by_a_worker(
    client: TestClient, services: Services, leaving: Row, loyal: Row, tmp_path: Path, pool: str
) -> None:
    batch_id = client.post("/batches", json={"customers": [leaving, loyal]}).json()["id"]

    with celery(["worker", "--pool", pool, "--loglevel", "INFO"], services, tmp_path) as log:
        wait_for(lambda: client.get(f"/batches/{batch_id}").json()["status"] == "finished", log)

    answer = client.get(f"/batches/{batch_id}").json()
    model = Model(services.settings.model)
    assert answer["model_version"] == model.version
    assert answer["predictions"] == [
        {"customer_id": each["id"], "score": client.post("/predict", json=each).json()["score"]}
        for each in (leaving, loyal)
    ]


def test_a_batch_that_was_lost_is_queued_again(
    services: Services, store: Store, tmp_path: Path
) -> None:
    batch_id = store.add([])  # kept, and never queued
    with psycopg.connect(services.settings.database) as connection:
        connection.execute("UPDATE batches SET created_at = now() - interval '11 minutes'")

    with celery(["worker", "--pool", "solo"], services, tmp_path) as log:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "celery",
                "--app",
                "scoring.worker",
                "call",
                "scoring.score_overdue",
            ],
            cwd=PROJECT,
            env=os.environ | services.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wait_for(lambda: store.waiting(batch_id) is None, log)

    assert store.overdue(timedelta()) == []


def test_the_beat_writes_no_file(services: Services, tmp_path: Path) -> None:
    with celery(["beat", "--loglevel", "INFO"], services, tmp_path) as log:
        wait_for(lambda: "beat: Starting..." in log.read_text(encoding="utf-8"), log)

    assert list(tmp_path.iterdir()) == [log]


@contextmanager
def celery(arguments: list[str], services: Services, folder: Path) -> Iterator[Path]:
    """Run `celery` in *folder*, lend its log, and end it as a container is ended."""
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "scoring.worker", *arguments],
            cwd=folder,
            env=os.environ | services.environment | {"PYTHONPATH": str(PROJECT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert status == 0, log.read_text(encoding="utf-8")


def wait_for(is_so: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.1)
