"""The health checks of the images in a Dockerfile: how patient they are, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.kind import Server, server_named, servers
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Healthcheck


class HealthChecked(NamedTuple):
    """A stage whose image has a health check."""

    stage: StageFacts
    check: Healthcheck
    """Its own, or that of a stage that it is FROM."""


def health_checks(build: Build) -> Iterator[HealthChecked]:
    """Yield the health checks that images have, each once; those of the final image come first."""
    below = {stage.parent.index for stage in build.stages if stage.parent is not None}
    seen: set[int] = set()
    final = (build.final,) if build.final is not None else ()
    for stage in (*final, *(stage for stage in build.stages if stage.index not in below)):
        check = stage.healthcheck
        if check is not None and not check.none and id(check) not in seen:
            seen.add(id(check))
            yield HealthChecked(stage, check)


class Patience(NamedTuple):
    """How long a container may take until it counts as unhealthy, in seconds."""

    start_period: float
    interval: float
    retries: int

    @property
    def seconds(self) -> float:
        """The time until the last try that counts."""
        return self.start_period + self.interval * self.retries


def patience(check: Healthcheck) -> Patience | None:
    """Return how patient *check* is, None where an option of it cannot be read."""
    start = _seconds(check.start_period.value) if check.start_period is not None else 0.0
    interval = _seconds(check.interval.value) if check.interval is not None else 30.0
    retries = check.retries.value if check.retries is not None else "3"
    if start is None or interval is None or not (retries.isascii() and retries.isdecimal()):
        return None
    # Nothing set, and zero, are the defaults of the engine.
    return Patience(start, interval or 30.0, int(retries[:6]) or 3)


def server_of(stage: StageFacts) -> Server | None:
    """Return the server that containers of *stage* are, if it is one of the table."""
    if stage.server is not None:
        return server_named(stage.server.name)
    facts = stage.base.facts
    if facts is not None and stage.start is None:
        return servers().get(facts.server)
    return None


def python_of(stage: StageFacts) -> str:
    """Return by which name Python is surely in the image of *stage*; empty if it is not."""
    return next((name for name in ("python", "python3") if stage.has_program(name)), "")


def model_library(stage: StageFacts) -> str:
    """Return the library by which *stage* likely loads a large model; empty without one."""
    return next((name for name in _LOADERS if stage.brings(name)), "")


_LOADERS = (
    "vllm", "transformers", "diffusers", "sentence-transformers", "llama-cpp-python",
    "openai-whisper", "faster-whisper", "ctransformers", "autoawq",
)  # fmt: skip
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def _seconds(text: str) -> float | None:
    """
    Return the seconds of a duration as Go writes it.

    >>> _seconds("1m30s"), _seconds("0"), _seconds("soon")
    (90.0, 0.0, None)
    """
    if text == "0":
        return 0.0
    total = 0.0
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and (text[at] in "0123456789."):
            at += 1
        number = text[start:at]
        start = at
        while at < len(text) and text[at].isalpha():
            at += 1
        unit = _UNITS.get(text[start:at])
        if unit is None or number.count(".") > 1 or not number.strip("."):
            return None
        total += float(number) * unit
    return total if text else None
