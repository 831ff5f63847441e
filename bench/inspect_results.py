"""What bench/inspect.py measures."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

LAYOUT, ARCHIVE = "OCI layout, gzip", "docker-archive"
FLOOR, FIRST, AGAIN, PEER = "the floor", "boxwright inspect", "boxwright inspect, again", "syft"
CONTENDERS = (FLOOR, FIRST, AGAIN, PEER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost."""

    cpu: float
    wall: float
    memory: int
    """Bytes: the largest resident set of any one of its processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the image has in it, and what was found."""

    stored: int
    unpacked: int
    layers: int
    members: int
    found: dict[str, int]
    """What the report has, by what it is."""
    packages: dict[str, tuple[int, int]]
    """How many packages of a type boxwright and syft list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that the page tells."""

    costs: dict[tuple[str, str], list[Cost]]
    """By form of the image and contender."""
    contents: Contents
    machine: dict[str, str]
    load: float
    versions: dict[str, str]

    def median(self, form: str, contender: str, what: str) -> float:
        """Return the median of `cpu`, `wall` or `memory`."""
        return statistics.median(getattr(cost, what) for cost in self.costs[form, contender])
