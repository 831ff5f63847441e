#!/usr/bin/env python3
"""
How long until a changed service is in the registry: `boxwright push`, `docker build` and push.

    python bench/push.py                    the torch service, three rounds, and the page
    python bench/push.py --case digits      the small one
    python bench/push.py --rounds 1 --dry   once, and no page

Both push through a door that counts bytes, into a registry on the loopback device that has
the image of before. The contenders take turns within each round.

Docker has two Dockerfiles: the dependencies before the application, as it should be, and the
application before the dependencies, as it often is.

- warm: one line of the application changes; everything else is as the last build left it.
- clean: the same, on a machine that never built it: a CI runner whose registry has the layers.
  Docker's build cache is emptied and comes from the registry (`--cache-from`, inline cache);
  its base image and the wheels stay in the engine, boxwright's cache is removed altogether.
- clean, unchanged: that machine builds what is in the registry already.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from base import provide_base
from by_boxwright import Boxwright
from by_docker import DOCKERIGNORE, READY, Docker
from cases import CASES, CHECKOUT, STATE, Case
from counting import Door, counted
from measure import BenchError, Run, load, machine, run, settle
from push_page import page
from registry import fresh_registry
from wheels import fetch_wheels

WARM, CLEAN, SAME = "warm", "clean", "clean, unchanged"
SCENARIOS = (WARM, CLEAN, SAME)
OURS, ORDERED, NAIVE = "boxwright", "docker", "docker, application first"
CONTENDERS = (OURS, ORDERED, NAIVE)

INSTALL = """\
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    --mount=type=bind,from={wheels},target=/wheels \\
    pip install --no-index --find-links=/wheels --no-cache-dir --root-user-action=ignore \\
    -r /tmp/requirements.txt
"""
COPY = "COPY . .\n"
FRAME = """\
FROM {base}
ENV PYTHONUNBUFFERED=1 BENCH_RUN={unique}
WORKDIR /app
{steps}USER 65532:65532
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('{ready}')"]
ENTRYPOINT ["python", "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one way to the registry took."""

    seconds: float
    sent: int
    """Bytes to the registry, requests and all."""
    received: int
    load: float


@dataclass(slots=True, kw_only=True)
class Results:
    """Everything that the page tells."""

    case: str
    rounds: int
    machine: dict[str, str]
    versions: dict[str, str]
    image_bytes: int = 0
    costs: dict[tuple[str, str], list[Cost]] = field(default_factory=dict)

    def median(self, contender: str, scenario: str, what: str) -> float:
        """Return the median of `seconds`, `sent` or `received`."""
        found = [getattr(cost, what) for cost in self.costs[contender, scenario]]
        return float(statistics.median(found))


class Ours(Boxwright):
    """`boxwright push`."""

    def commit(self) -> None:
        """Make the project a Git repository, as a pushed project is one, or commit the change."""
        git = ("git", "-C", str(self._project), "-c", "user.name=bench", "-c", "user.email=b@x.y")
        if not (self._project / ".git").exists():
            run([*git, "init", "--quiet"])
        run([*git, "add", "--all"])
        run([*git, "commit", "--quiet", "--allow-empty", "--message", "change"])

    def push(self, door: Door) -> Run:
        """Build and push."""
        return self._boxwright(
            *("push", self._project, "--quiet", "--format=json"),
            f"--to={door.address}/bench/ours",
        )

    def forget(self) -> None:
        """Be a machine that never built anything."""
        shutil.rmtree(self._cache, ignore_errors=True)
        shutil.rmtree(self._layout, ignore_errors=True)


class Theirs(Docker):
    """`docker build` with the registry as its cache, and `docker push`."""

    def begin(self, *, naive: bool) -> None:
        """Make the context anew; the base and the wheels are in the engine."""
        shutil.rmtree(self._context, ignore_errors=True)
        shutil.copytree(
            self._case.project,
            self._context,
            ignore=shutil.ignore_patterns("__pycache__", ".venv", "boxwright.lock", "dist"),
        )
        install = INSTALL.format(wheels=self._wheels)
        (self._context / "Dockerfile").write_text(
            FRAME.format(
                base=self._base,
                unique=uuid.uuid4().hex,
                steps=COPY + install if naive else install + COPY,
                ready=READY,
            )
        )
        (self._context / ".dockerignore").write_text(DOCKERIGNORE)
        self.pin(upgraded=False)

    def push(self, door: Door) -> float:
        """Build with the cache that the registry has, and push; return the seconds."""
        reference = f"{door.address}/bench/theirs:app"
        if reference not in self._tags:
            self._tags.append(reference)
        built = self._docker(
            *("build", "--quiet", "--network=none", "--tag", reference, "."),
            *("--cache-from", reference, "--build-arg", "BUILDKIT_INLINE_CACHE=1"),
        )
        return built.seconds + self._docker("push", "--quiet", reference).seconds

    def forget(self) -> None:
        """Be a machine that has the base and the wheels, and nothing else."""
        for tag in self._tags:
            subprocess.run(
                [*self._command, "image", "rm", "--force", tag], capture_output=True, check=False
            )
        # What had the tag before keeps its layers, and these are cache to the engine.
        self._docker("image", "prune", "--force")
        self._docker("builder", "prune", "--all", "--force")


def main() -> int:
    """Run the benchmark; 2 if it cannot be run here."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", choices=list(CASES), default="torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="write no page")
    parser.add_argument("--docker", default="docker")
    parser.add_argument(
        "--prune",
        action="store_true",
        help="allow to empty the engine's build cache: for an engine of its own",
    )
    parser.add_argument("--engine-env", type=Path, metavar="FILE", help="as bench/build.py")
    given = parser.parse_args()
    if not given.prune:
        print(
            "error: this empties the engine's build cache: say --prune if it may", file=sys.stderr
        )
        return 2
    try:
        results = measure(CASES[given.case], given.rounds, given.docker, _engine(given.engine_env))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    text = page(results)
    print(text)
    if not given.dry:
        (CHECKOUT / "docs" / "benchmarks-push.md").write_text(text)
    return 0


def measure(case: Case, rounds: int, docker: str, engine: dict[str, str]) -> Results:
    """Let both take turns."""
    fetch_wheels(case)
    ours, theirs = Ours(case), Theirs(case, docker, engine)
    provide_base(case, theirs.command)
    theirs.prepare()
    ours.lock()
    results = Results(
        case=case.title,
        rounds=rounds,
        machine=machine(),
        versions={"boxwright": ours.version(), "docker": theirs.version()},
    )
    for number in range(rounds):
        turns: list[Callable[[], None]] = [
            lambda: _our_turn(ours, case, results),
            lambda: _their_turn(theirs, case, results, naive=False),
            lambda: _their_turn(theirs, case, results, naive=True),
        ]
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    return results


def _our_turn(ours: Ours, case: Case, results: Results) -> None:
    with fresh_registry(case.state / "registry") as registry, counted(registry.address) as door:
        ours.start_with_nothing()
        ours.commit()
        ours.push(door)
        ours.edit()
        ours.commit()
        _timed(results, OURS, WARM, door, lambda: ours.push(door).seconds)
        ours.edit()
        ours.commit()
        ours.forget()
        _timed(results, OURS, CLEAN, door, lambda: ours.push(door).seconds)
        ours.forget()
        _timed(results, OURS, SAME, door, lambda: ours.push(door).seconds)


def _their_turn(theirs: Theirs, case: Case, results: Results, *, naive: bool) -> None:
    name = NAIVE if naive else ORDERED
    with fresh_registry(case.state / "registry") as registry, counted(registry.address) as door:
        try:
            theirs.begin(naive=naive)
            theirs.push(door)
            theirs.edit()
            _timed(results, name, WARM, door, lambda: theirs.push(door))
            theirs.edit()
            theirs.forget()
            _timed(results, name, CLEAN, door, lambda: theirs.push(door))
            theirs.forget()
            _timed(results, name, SAME, door, lambda: theirs.push(door))
            results.image_bytes = sum(registry.layers("bench/theirs", "app").values())
        finally:
            theirs.clean_up(prune=True)


def _timed(
    results: Results, contender: str, scenario: str, door: Door, work: Callable[[], float]
) -> None:
    settle()
    before = load()
    door.count_anew()
    seconds = work()
    cost = Cost(seconds=seconds, sent=door.sent, received=door.received, load=before)
    results.costs.setdefault((contender, scenario), []).append(cost)
    print(
        f"{contender}, {scenario}: {seconds:.2f} s, {cost.sent / 1e6:.2f} MB sent,"
        f" {cost.received / 1e6:.2f} MB received",
        file=sys.stderr,
    )


def _engine(path: Path | None) -> dict[str, str]:
    """Return how the engine is reached: DOCKER_HOST and DOCKER_CONFIG of *path*, or nothing."""
    path = path or CHECKOUT / ".cache" / "engine" / "engine.env"
    if not path.is_file():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, _, value in pairs if name.startswith("DOCKER_")}


if __name__ == "__main__":
    os.umask(0o022)
    STATE.mkdir(parents=True, exist_ok=True)
    raise SystemExit(main())
