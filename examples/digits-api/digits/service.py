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
from pydantic import BaseModel, ConfigDict, Field

from digits.model import PIXELS, WHITE, Model

log = logging.getLogger("uvicorn.error")

Pixel = Annotated[float, Field(ge=0, le=WHITE, allow_inf_nan=False)]


class Question(BaseModel):
    """An image of 8 by 8 pixels, row by row from the top left."""

    model_config = ConfigDict(extra="forbid")

    pixels: Annotated[list[Pixel], Field(min_length=PIXELS, max_length=PIXELS)]


class Answer(BaseModel):
    """The likeliest digit, and how likely each of the ten is."""

    digit: int
    probabilities: list[float]


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

    app = FastAPI(title="digits-api", version="1.0.0", lifespan=lifespan)
    app.state.model = None

    # A registry of its own, so that two services in one process (tests) do not share counts.
    registry = CollectorRegistry()
    requests = Counter(
        "http_requests", "Requests by route and status.", ["route", "status"], registry=registry
    )
    seconds = Histogram(
        "http_request_seconds", "Time to answer, by route.", ["route"], registry=registry
    )
    predicted = Counter("digits_predicted", "Digits read.", ["digit"], registry=registry)

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
        """Read a digit."""
        model: Model | None = app.state.model
        if model is None:
            raise HTTPException(503, "the model is not loaded")
        prediction = model.predict(question.pixels)
        predicted.labels(str(prediction.digit)).inc()
        return Answer(digit=prediction.digit, probabilities=list(prediction.probabilities))

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
