"""Batches and their predictions, in PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from scoring.customer import Customer

_TABLES = """
-- Processes start at the same time, and IF NOT EXISTS alone does not keep two apart.
SELECT pg_advisory_xact_lock(7270811);
CREATE TABLE IF NOT EXISTS batches (
    id uuid PRIMARY KEY,
    customers jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    model_version text
);
CREATE INDEX IF NOT EXISTS batches_waiting ON batches (created_at) WHERE finished_at IS NULL;
CREATE TABLE IF NOT EXISTS predictions (
    batch_id uuid NOT NULL REFERENCES batches ON DELETE CASCADE,
    position integer NOT NULL,
    customer_id text NOT NULL,
    score double precision NOT NULL,
    PRIMARY KEY (batch_id, position)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """How likely a customer is to leave."""

    customer_id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it is now; without an end, a version and predictions until it was scored."""

    id: uuid.UUID
    created_at: datetime
    finished_at: datetime | None
    model_version: str | None
    predictions: tuple[Prediction, ...]


class Store:
    """
    The database, reached over a few connections that are kept open.

    Nothing is connected before the first use, so a process starts without its database. A use
    raises `psycopg.OperationalError` when the database does not answer within seconds.
    """

    def __init__(self, database: str, *, connections: int = 4) -> None:
        self._pool = ConnectionPool(
            database,
            min_size=0,
            max_size=connections,
            timeout=3,
            open=True,
            # One that the server closed, in a restart, is replaced and not handed out.
            check=ConnectionPool.check_connection,
        )
        self._has_tables = False

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def answers(self) -> bool:
        """Return whether the database does."""
        try:
            with self._pool.connection(timeout=1) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def add(self, customers: Sequence[Customer]) -> uuid.UUID:
        """Keep a batch to be scored, and return its id."""
        batch_id = uuid.uuid4()
        rows = Jsonb([customer.model_dump() for customer in customers])
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO batches (id, customers) VALUES (%s, %s)", (batch_id, rows)
            )
        return batch_id

    def waiting(self, batch_id: uuid.UUID) -> list[Customer] | None:
        """Return the customers of a batch that was not scored yet; None for any other id."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT customers FROM batches WHERE id = %s AND finished_at IS NULL", (batch_id,)
            ).fetchone()
        return None if row is None else [Customer.model_validate(each) for each in row[0]]

    def finish(
        self, batch_id: uuid.UUID, model_version: str, predictions: Sequence[Prediction]
    ) -> bool:
        """Keep all *predictions* of a batch; none and False where it has been finished before."""
        with self._connection() as connection:
            # The row stays locked until the transaction ends: of two workers with the same
            # batch, the second waits here and then finds nothing to finish.
            finished = connection.execute(
                "UPDATE batches SET finished_at = now(), model_version = %s"
                " WHERE id = %s AND finished_at IS NULL",
                (model_version, batch_id),
            )
            if finished.rowcount == 0:
                return False
            columns = "COPY predictions (batch_id, position, customer_id, score) FROM STDIN"
            with finished.copy(columns) as copy:
                for position, prediction in enumerate(predictions):
                    copy.write_row((batch_id, position, prediction.customer_id, prediction.score))
        return True

    def find(self, batch_id: uuid.UUID) -> Batch | None:
        """Return the batch of that id, if there is one."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT created_at, finished_at, model_version FROM batches WHERE id = %s",
                (batch_id,),
            ).fetchone()
            if row is None:
                return None
            predictions = connection.execute(
                "SELECT customer_id, score FROM predictions WHERE batch_id = %s ORDER BY position",
                (batch_id,),
            ).fetchall()
        return Batch(
            id=batch_id,
            created_at=row[0],
            finished_at=row[1],
            model_version=row[2],
            predictions=tuple(
                Prediction(customer_id=customer_id, score=score)
                for customer_id, score in predictions
            ),
        )

    def overdue(self, age: timedelta) -> list[uuid.UUID]:
        """Return the batches that have waited longer than *age*, the oldest first."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id FROM batches WHERE finished_at IS NULL AND created_at < now() - %s"
                " ORDER BY created_at",
                (age,),
            ).fetchall()
        return [row[0] for row in rows]

    def forget(self, age: timedelta) -> int:
        """Remove the batches that are older than *age*, with their predictions; how many."""
        with self._connection() as connection:
            return connection.execute(
                "DELETE FROM batches WHERE created_at < now() - %s", (age,)
            ).rowcount

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Lend a connection for a transaction, which is undone if the block raises."""
        if not self._has_tables:
            with self._pool.connection() as connection:
                connection.execute(_TABLES)
            self._has_tables = True
        with self._pool.connection() as connection:
            yield connection
