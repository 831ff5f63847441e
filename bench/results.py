"""What was measured: kept as JSON after every round, so that a report can be made again."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

BOXWRIGHT, DOCKER, UV = "boxwright", "docker", "uv"
CONTENDERS = (BOXWRIGHT, DOCKER, UV)

NOTHING, COLD, UNCHANGED, CODE, DEPENDENCY = (
    "nothing",
    "cold",
    "unchanged",
    "code",
    "dependency",
)
SCENARIOS = (NOTHING, COLD, DEPENDENCY, CODE, UNCHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One contender doing one thing once."""

    contender: str
    scenario: str
    bytecode: bool
    round: int
    seconds: float
    parts: dict[str, float] = field(default_factory=dict)
    load: float
    """The load average of the minute before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a contender made, in bytes, compressed."""

    contender: str
    bytecode: bool
    whole: int
    """0 where it makes no image."""
    above_base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The most memory of a cold `boxwright build`."""

    bytecode: bool
    peak_pss: int
    largest_rss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median, least and most of the rounds."""

    median: float
    least: float
    most: float
    count: int


@dataclass(slots=True, kw_only=True)
class Results:
    """Everything that one run measured of one case."""

    case: str
    machine: dict[str, str]
    versions: dict[str, str]
    wheels: int = 0
    wheel_bytes: int = 0
    base_is_stand_in: bool = False
    lock_seconds: dict[str, float] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    ready: dict[str, float] = field(default_factory=dict)
    """`contender/bytecode` → seconds from `docker run` to the first answer."""

    def spread(self, contender: str, scenario: str, *, bytecode: bool) -> Spread | None:
        """Return what the rounds of one contender took, or None if it did not take part."""
        seconds = [
            one.seconds
            for one in self.measurements
            if (one.contender, one.scenario, one.bytecode) == (contender, scenario, bytecode)
        ]
        return _spread(seconds)

    def part(self, contender: str, scenario: str, name: str, *, bytecode: bool) -> Spread | None:
        """Return what one part of it took."""
        seconds = [
            one.parts[name]
            for one in self.measurements
            if (one.contender, one.scenario, one.bytecode) == (contender, scenario, bytecode)
            and name in one.parts
        ]
        return _spread(seconds)

    def ratio(self, contender: str, scenario: str, *, bytecode: bool) -> Spread | None:
        """Return how many times longer than ours *contender* took, paired by round."""
        ours = self._by_round(BOXWRIGHT, scenario, bytecode=bytecode)
        theirs = self._by_round(contender, scenario, bytecode=bytecode)
        return _spread([theirs[number] / ours[number] for number in sorted(ours.keys() & theirs)])

    def size(self, contender: str, *, bytecode: bool) -> Size | None:
        """Return the size of what *contender* made."""
        found = [s for s in self.sizes if (s.contender, s.bytecode) == (contender, bytecode)]
        return found[-1] if found else None

    def peak(self, *, bytecode: bool) -> Memory | None:
        """Return the most memory that any of our builds held."""
        found = [one for one in self.memory if one.bytecode == bytecode]
        return max(found, key=lambda one: one.peak_pss, default=None)

    def modes(self) -> list[bool]:
        """Return with which byte code settings it was measured."""
        return sorted({one.bytecode for one in self.measurements})

    def loads(self) -> Spread | None:
        """Return the load averages before the measurements."""
        return _spread([one.load for one in self.measurements])

    def _by_round(self, contender: str, scenario: str, *, bytecode: bool) -> dict[int, float]:
        return {
            one.round: one.seconds
            for one in self.measurements
            if (one.contender, one.scenario, one.bytecode) == (contender, scenario, bytecode)
        }


def save(results: Results, path: Path) -> None:
    """Write *results* to *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(results), indent=1) + "\n")


def read(path: Path) -> Results:
    """Return the results in *path*."""
    document = json.loads(path.read_text())
    return Results(
        **{
            **document,
            "measurements": [Measurement(**one) for one in document["measurements"]],
            "sizes": [Size(**one) for one in document["sizes"]],
            "memory": [Memory(**one) for one in document["memory"]],
        }
    )


def _spread(values: Iterable[float]) -> Spread | None:
    known = list(values)
    if not known:
        return None
    return Spread(
        median=statistics.median(known), least=min(known), most=max(known), count=len(known)
    )
