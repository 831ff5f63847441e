"""The queue of batches, seen from where they are put in."""

from __future__ import annotations

import uuid

import redis
from celery import Celery
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

SCORE_BATCH = "scoring.score_batch"
"""The name of the task that takes a batch out."""

_ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


class Queue:
    """The queue, reached over connections that are kept open."""

    def __init__(self, redis_url: str) -> None:
        # A client of its own and not the worker's, which is configured when it is imported.
        self._celery = Celery("scoring", broker=redis_url, set_as_current=False)
        self._celery.conf.update(
            # A caller waits meanwhile: once more at once, over a new connection, and no longer.
            task_publish_retry_policy=_ONCE_MORE,
            broker_transport_options=_ONCE_MORE
            | {"socket_connect_timeout": 1, "socket_timeout": 1},
        )
        self._redis = redis.Redis.from_url(
            redis_url, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )

    def close(self) -> None:
        """Close the connections."""
        self._celery.close()
        self._redis.close()

    def answers(self) -> bool:
        """Return whether Redis does."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def put(self, batch_id: uuid.UUID) -> bool:
        """Have a batch scored soon; False when the queue does not answer."""
        try:
            self._celery.send_task(SCORE_BATCH, (str(batch_id),), ignore_result=True)
        except OperationalError:
            return False
        return True
