"""What was measured of `boxwright init`: kept as JSON, so that the page can be made again."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

COLD, CODE, DEPENDENCY = "cold", "code", "dependency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One contender doing one thing once."""

    contender: str
    step: str
    round: int
    build: float
    push: float
    sent: int
    """Bytes, compressed: the layers that were not in the image before, or in its base."""
    load: float
    """The load average of the minute before."""

    @property
    def seconds(self) -> float:
        return self.build + self.push


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A hardened container, from `docker run` to its first answer."""

    contender: str
    round: int
    seconds: float
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What a contender made."""

    contender: str
    layers: int
    layers_above: int
    compressed: int
    compressed_above: int
    unpacked: int
    unpacked_above: int
    files: int
    debian_packages: int
    programs: int
    shells: list[str]
    installers: list[str]
    set_id_files: list[str]
    distributions: list[str]
    user: str
    health_check: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a checker says of a Dockerfile."""

    contender: str
    checker: str
    rules: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One run of a command of ours."""

    words: str
    wall: float
    cpu: float


@dataclass(slots=True, kw_only=True)
class Results:
    """Everything that one run measured of one project."""

    project: str
    machine: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)
    bases_are_stand_ins: bool = False
    wheels: int = 0
    wheel_bytes: int = 0
    files_written: int = 0
    measurements: list[Measurement] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    findings: list[Found] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def seconds(self, contender: str, step: str) -> list[float]:
        """Return what a step took, round by round."""
        return [one.seconds for one in self.of(contender, step)]

    def of(self, contender: str, step: str) -> list[Measurement]:
        """Return the measurements of a step, round by round."""
        found = [one for one in self.measurements if (one.contender, one.step) == (contender, step)]
        return sorted(found, key=lambda one: one.round)

    def started(self, contender: str) -> list[Start]:
        """Return the starts of a contender's image, round by round."""
        found = [one for one in self.starts if one.contender == contender]
        return sorted(found, key=lambda one: one.round)

    def image(self, contender: str) -> Image:
        """Return what *contender* made."""
        return next(one for one in self.images if one.contender == contender)

    def command(self, words: str) -> tuple[float, float]:
        """Return the median seconds on the clock and of CPU of a command."""
        runs = [one for one in self.commands if one.words == words]
        return (
            statistics.median(one.wall for one in runs),
            statistics.median(one.cpu for one in runs),
        )


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
            "starts": [Start(**one) for one in document["starts"]],
            "images": [Image(**one) for one in document["images"]],
            "findings": [Found(**one) for one in document["findings"]],
            "commands": [Command(**one) for one in document["commands"]],
        }
    )
