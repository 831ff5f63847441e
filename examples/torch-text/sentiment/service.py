"""The routes of the service."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sentiment.model import Model
from sentiment.network import buckets

log = logging.getLogger("uvicorn.error")


class Question(BaseModel):
    """A sentence in English."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=2000)]

    @field_validator("text")
    @classmethod
    def has_words(cls, text: str) -> str:
        """Refuse a text in which the model would see nothing."""
        if not buckets(text):
            msg = "the text has no words"
            raise ValueError(msg)
        return text


class Answer(BaseModel):
    """What the text sounds like, and how likely that is."""

    label: str
    probability: float


def make_app(model_path: Path) -> FastAPI:
    """Return the service of the model in *model_path*, which is loaded when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.model = await asyncio.to_thread(Model, model_path)
        log.info("model %s loaded", model_path.name)
        yield
        # uvicorn has answered the last request by now: it stops listening on SIGTERM
        # and waits for what it has accepted.
        app.state.model = None
        log.info("stopped")

    app = FastAPI(title="torch-text", version="1.0.0", lifespan=lifespan)
    app.state.model = None

    # A registry of its own, so that two services in one process (tests) do not share counts.
    registry = CollectorRegistry()
    requests = Counter(
        "http_requests", "Requests by route and status.", ["route", "status"], registry=registry
    )
    seconds = Histogram(
        "http_request_seconds", "Time to answer, by route.", ["route"], registry=registry
    )
    predicted = Counter("texts_predicted", "Texts read.", ["label"], registry=registry)

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
            # The route's pattern and never the path asked for: callers could make up
            # paths without end, and each would be a series of its own.
            route = getattr(request.scope.get("route"), "path", "unknown")
            requests.labels(route, str(status)).inc()
            seconds.labels(route).observe(time.perf_counter() - start)

    @app.post("/predict")
    def predict(question: Question) -> Answer:
        """Tell what a text sounds like."""
        model: Model | None = app.state.model
        if model is None:
            raise HTTPException(503, "the model is not loaded")
        prediction = model.predict(question.text)
        predicted.labels(prediction.label).inc()
        return Answer(label=prediction.label, probability=prediction.probability)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """Tell that the process answers; restart it if not."""
        return {"status": "live"}

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        """Tell that the model is loaded and predicts; send no requests if not."""
        model: Model | None = app.state.model
        if model is None or not model.answers():
            raise HTTPException(503, "the model does not answer")
        return {"status": "ready"}

    @app.get("/metrics")
    def metrics() -> Response:
        """Counts and times, as Prometheus reads them."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app
