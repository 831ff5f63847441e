"""
The workers, which score batches, and the beat, which has old ones scored or removed.

    celery --app scoring.worker worker
    celery --app scoring.worker beat        one, however many workers there are
"""

from __future__ import annotations

import functools
import logging
import os
import uuid
from datetime import timedelta

import psycopg
from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_shutdown, worker_shutdown

from scoring.model import Model
from scoring.queue import SCORE_BATCH
from scoring.settings import Settings
from scoring.store import Prediction, Store

log = logging.getLogger(__name__)

OVERDUE = timedelta(minutes=10)
"""A batch that has waited this long was lost on its way."""

settings = Settings.from_environment(os.environ)

app = Celery("scoring", broker=settings.redis_url)
app.conf.update(
    # The results are rows of the database.
    task_ignore_result=True,
    # A task leaves the queue when it is done: one whose worker was killed is done again.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_prefetch_multiplier=1,
    task_time_limit=300,
    broker_transport_options={"visibility_timeout": 600},
    broker_connection_retry_on_startup=True,
    worker_concurrency=settings.worker_concurrency,
    # The default keeps its times in a file, and the containers' file systems are read-only.
    # What is due by the clock needs no memory.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "overdue batches": {
            "task": "scoring.score_overdue",
            "schedule": crontab(minute="*/5"),
        },
        "old batches": {
            "task": "scoring.forget_old",
            "schedule": crontab(hour="3", minute="30"),
        },
    },
    timezone="UTC",
)


@app.task(
    name=SCORE_BATCH,
    autoretry_for=(psycopg.OperationalError,),
    retry_backoff=True,
    max_retries=5,
)
def score_batch(batch_id: str) -> None:
    """Score a batch; one that is unknown or was scored before is left as it is."""
    score(_store(), _model(), uuid.UUID(batch_id))


@app.task(name="scoring.score_overdue")
def score_overdue() -> None:
    """Put the batches that were lost on their way into the queue again."""
    for batch_id in _store().overdue(OVERDUE):
        log.warning("batch %s has waited too long, and is queued again", batch_id)
        score_batch.delay(str(batch_id))


@app.task(name="scoring.forget_old")
def forget_old() -> None:
    """Remove what has been kept for long enough."""
    count = _store().forget(timedelta(days=settings.retention_days))
    log.info("%d batches older than %d days removed", count, settings.retention_days)


def score(store: Store, model: Model, batch_id: uuid.UUID) -> None:
    """Score the batch of *store* that has that id, if it waits for it."""
    customers = store.waiting(batch_id)
    if customers is None:
        log.info("batch %s does not wait to be scored", batch_id)
        return
    predictions = [
        Prediction(customer_id=customer.id, score=score)
        for customer, score in zip(customers, model.score(customers), strict=True)
    ]
    if store.finish(batch_id, model.version, predictions):
        log.info("batch %s scored, %d customers", batch_id, len(predictions))


# Made where they are first used, and so in each process of a worker: connections and threads
# do not survive the fork that makes these processes.
@functools.cache
def _model() -> Model:
    return Model(settings.model)


@functools.cache
def _store() -> Store:
    return Store(settings.database, connections=1)


@worker_process_shutdown.connect
@worker_shutdown.connect
def _close(**_: object) -> None:
    if _store.cache_info().currsize:
        _store().close()
        _store.cache_clear()
