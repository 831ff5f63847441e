"""A worker scores a batch once, and the beat sees to those that were lost or are old."""

import re
import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
from scoring import worker
from scoring.customer import Customer
from scoring.model import Model
from scoring.settings import Settings
from scoring.store import Batch, Prediction, Store
from servers import Services

MODEL = Model(Settings.from_environment({}).model)


@pytest.fixture
def customers(leaving: dict[str, object], loyal: dict[str, object]) -> list[Customer]:
    return [Customer.model_validate(leaving), Customer.model_validate(loyal)]


def test_scores_a_batch(store: Store, customers: list[Customer]) -> None:
    batch_id = store.add(customers)

    worker.score(store, MODEL, batch_id)

    batch = store.find(batch_id)
    first, second = MODEL.score(customers)
    assert batch is not None
    assert batch.finished_at is not None
    assert batch == Batch(
        id=batch_id,
        created_at=batch.created_at,
        finished_at=batch.finished_at,
        model_version=MODEL.version,
        predictions=(
            Prediction(customer_id="C1", score=first),
            Prediction(customer_id="C2", score=second),
        ),
    )
    assert store.waiting(batch_id) is None


def test_scores_a_batch_once_although_it_is_queued_twice(
    store: Store, customers: list[Customer]
) -> None:
    batch_id = store.add(customers)

    worker.score(store, MODEL, batch_id)
    before = store.find(batch_id)
    worker.score(store, MODEL, batch_id)

    assert store.find(batch_id) == before
    assert store.finish(batch_id, "another", []) is False


def test_a_batch_that_was_removed_is_no_error(store: Store) -> None:
    worker.score(store, MODEL, uuid.uuid4())


def test_keeps_nothing_of_a_batch_that_fails_half_way(
    store: Store, customers: list[Customer]
) -> None:
    batch_id = store.add(customers)
    impossible = Prediction(customer_id="C\x00", score=0.5)

    with pytest.raises(psycopg.DataError):
        store.finish(batch_id, "v", [Prediction(customer_id="C1", score=0.5), impossible])

    assert store.waiting(batch_id) == customers


def test_finds_what_has_waited_too_long(store: Store, customers: list[Customer]) -> None:
    waiting, finished = store.add(customers), store.add(customers)
    worker.score(store, MODEL, finished)

    assert store.overdue(timedelta()) == [waiting]
    assert store.overdue(timedelta(minutes=10)) == []


def test_forgets_what_is_old_with_its_predictions(
    store: Store, customers: list[Customer], services: Services
) -> None:
    old, new = store.add(customers), store.add(customers)
    worker.score(store, MODEL, old)
    with psycopg.connect(services.settings.database) as connection:
        connection.execute(
            "UPDATE batches SET created_at = now() - interval '31 days' WHERE id = %s", (old,)
        )

    assert store.forget(timedelta(days=30)) == 1

    assert store.find(old) is None
    assert store.find(new) is not None
    with psycopg.connect(services.settings.database) as connection:
        assert connection.execute("SELECT count(*) FROM predictions").fetchone() == (0,)


def test_many_processes_may_start_at_once(services: Services) -> None:
    stores = [Store(services.settings.database, connections=1) for _ in range(8)]
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda store=store: found.append(store.find(uuid.uuid4())))
        for store in stores
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in stores:
        each.close()

    assert found == [None] * 8


def test_goes_on_when_the_database_has_closed_its_connection(
    store: Store, customers: list[Customer], services: Services
) -> None:
    batch_id = store.add(customers)
    with psycopg.connect(services.settings.database) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    assert store.waiting(batch_id) == customers


def test_what_the_beat_asks_for_exists() -> None:
    asked = {entry["task"] for entry in worker.app.conf.beat_schedule.values()}

    assert asked <= worker.app.tasks.keys()
    assert all(re.fullmatch(r"scoring\.\w+", name) for name in asked)
