"""The API: `uvicorn scoring.api:app`."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Literal

import psycopg
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from pydantic import BaseModel, ConfigDict, Field

from scoring.customer import Customer
from scoring.model import Model
from scoring.queue import Queue
from scoring.settings import Settings
from scoring.store import Store

log = logging.getLogger("uvicorn.error")

LEAVES_FROM = 0.5
"""A customer with this score or more is expected to leave."""

State = Literal["up", "down"]


class Answer(BaseModel):
    """How likely a customer is to leave, and which model says so."""

    score: float
    leaves: bool
    model_version: str


class BatchQuestion(BaseModel):
    """Customers to be scored soon."""

    model_config = ConfigDict(extra="forbid")

    customers: Annotated[list[Customer], Field(min_length=1, max_length=10_000)]


class Accepted(BaseModel):
    """Where the answer will be: `/batches/<id>`."""

    id: uuid.UUID


class PredictionAnswer(BaseModel):
    """How likely a customer is to leave."""

    customer_id: str
    score: float


class BatchAnswer(BaseModel):
    """A batch, with its predictions once it was scored."""

    id: uuid.UUID
    status: Literal["waiting", "finished"]
    created_at: datetime
    finished_at: datetime | None
    model_version: str | None
    predictions: list[PredictionAnswer]


def make_app(settings: Settings) -> FastAPI:
    """Return the API; it connects to nothing and loads no model before it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.setLevel(settings.log_level)
        app.state.model = model = await asyncio.to_thread(Model, settings.model)
        model_info.labels(model.version).set(1)
        log.info("model %s loaded", model.version)
        app.state.store = Store(settings.database)
        app.state.queue = Queue(settings.redis_url)
        yield
        # uvicorn has answered the last request by now: it stops listening on SIGTERM
        # and waits for what it has accepted.
        app.state.model = None
        app.state.store.close()
        app.state.queue.close()
        log.info("stopped")

    app = FastAPI(title="scoring", version="1.0.0", lifespan=lifespan)
    app.state.model = None

    # A registry of its own, so that two APIs in one process (tests) do not share counts.
    registry = CollectorRegistry()
    requests = Counter(
        "http_requests", "Requests by route and status.", ["route", "status"], registry=registry
    )
    seconds = Histogram(
        "http_request_seconds", "Time to answer, by route.", ["route"], registry=registry
    )
    inference = Histogram(
        "scoring_inference_seconds",
        "Time that the model takes for one customer.",
        buckets=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1, 1),
        registry=registry,
    )
    predictions = Counter(
        "scoring_predictions",
        "Customers scored, by what is expected.",
        ["leaves"],
        registry=registry,
    )
    batches = Counter(
        "scoring_batches",
        "Batches accepted, and whether the queue took them.",
        ["queued"],
        registry=registry,
    )
    model_info = Gauge(
        "scoring_model_info", "The model that is loaded.", ["version"], registry=registry
    )

    @app.middleware("http")
    async def measure(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        start = time.perf_counter()
        status = 500
        try:
            response = await call_next(request)
            status = response.status_code
            return response
        finally:
            # The route's pattern and never the path asked for: each batch has a path of its
            # own, and callers could make up others without end.
            route = getattr(request.scope.get("route"), "path", "unknown")
            requests.labels(route, str(status)).inc()
            seconds.labels(route).observe(time.perf_counter() - start)

    @app.exception_handler(psycopg.OperationalError)
    async def without_database(request: Request, error: psycopg.OperationalError) -> Response:
        log.error("%s %s: %s", request.method, request.url.path, error)
        return JSONResponse(
            {"detail": "the database does not answer"}, 503, headers={"Retry-After": "5"}
        )

    @app.post("/predict")
    def predict(customer: Customer) -> Answer:
        """Score one customer, now."""
        model: Model | None = app.state.model
        if model is None:
            raise HTTPException(503, "the model is not loaded")
        with inference.time():
            (score,) = model.score([customer])
        leaves = score >= LEAVES_FROM
        predictions.labels("yes" if leaves else "no").inc()
        return Answer(score=score, leaves=leaves, model_version=model.version)

    @app.post("/batches", status_code=202)
    def add_batch(question: BatchQuestion, response: Response) -> Accepted:
        """Have customers scored by a worker."""
        store: Store = app.state.store
        queue: Queue = app.state.queue
        batch_id = store.add(question.customers)
        # From here on the batch is safe: what does not get into the queue, or is lost with it,
        # the beat puts there again.
        is_queued = queue.put(batch_id)
        if not is_queued:
            log.error("batch %s was kept, but the queue does not answer", batch_id)
        batches.labels("yes" if is_queued else "no").inc()
        response.headers["Location"] = f"/batches/{batch_id}"
        return Accepted(id=batch_id)

    @app.get("/batches/{batch_id}")
    def find_batch(batch_id: uuid.UUID) -> BatchAnswer:
        """Tell what became of a batch."""
        store: Store = app.state.store
        batch = store.find(batch_id)
        if batch is None:
            raise HTTPException(404, "there is no such batch")
        return BatchAnswer(
            id=batch.id,
            status="waiting" if batch.finished_at is None else "finished",
            created_at=batch.created_at,
            finished_at=batch.finished_at,
            model_version=batch.model_version,
            predictions=[
                PredictionAnswer(customer_id=each.customer_id, score=each.score)
                for each in batch.predictions
            ],
        )

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """Tell that the process answers; restart it if not."""
        return {"status": "live"}

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        """
        Tell that the model is loaded and scores; send no requests if not.

        The database and the queue are not asked: they are the same for every replica, and all
        of them would leave service at once, with `/predict`, which needs neither.
        """
        model: Model | None = app.state.model
        if model is None or not model.answers():
            raise HTTPException(503, "the model does not answer")
        return {"status": "ready", "model_version": model.version}

    @app.get("/health/dependencies")
    def dependencies() -> dict[str, State]:
        """Tell whether the database and the queue answer: for people and dashboards, no probe."""
        store: Store = app.state.store
        queue: Queue = app.state.queue
        return {
            "database": "up" if store.answers() else "down",
            "queue": "up" if queue.answers() else "down",
        }

    @app.get("/metrics")
    def metrics() -> Response:
        """Counts and times, as Prometheus reads them."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


app = make_app(Settings.from_environment(os.environ))
