#!/usr/bin/env python3
"""
How long an image takes: `boxwright build`, `docker build` and push, and uv with tar and pigz.

    python bench/build.py                                     everything: the better part of an hour
    python bench/build.py --cases digits --rounds 1           one case, once
    python bench/build.py --quick                             does it work at all? (writes no page)
    python bench/build.py --report                            the page again, from what was measured

The three take turns within each round, on the same machine and the same wheels. Writes
docs/benchmarks.md and docs/benchmarks.svg; everything else is kept in .cache/bench.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from by_boxwright import Boxwright
from by_docker import Docker
from by_uv import Uv
from cases import CASES, CHECKOUT, STATE, Case
from chart import draw
from measure import BenchError, load, machine, settle
from registry import fresh_registry
from results import (
    BOXWRIGHT,
    CODE,
    COLD,
    CONTENDERS,
    DEPENDENCY,
    DOCKER,
    NOTHING,
    UNCHANGED,
    UV,
    Measurement,
    Memory,
    Results,
    Size,
    read,
    save,
)
from service import ask_service, same_service
from wheels import fetch_wheels, size_of, wheels_before

from report import write_report

RESULTS = STATE / "results"
QUICK = STATE / "quick"
DOCS = CHECKOUT / "docs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for."""

    cases: tuple[str, ...]
    contenders: tuple[str, ...]
    bytecode: tuple[bool, ...]
    rounds: int
    quick: bool
    report: bool
    prune: bool
    docker: str
    engine: dict[str, str]


def main() -> int:
    """Run the benchmark; 2 if it cannot be run here."""
    try:
        options = parse(sys.argv[1:])
        folder = QUICK if options.quick else RESULTS
        if not options.report:
            for name in options.cases:
                Comparison(CASES[name], options).run(folder / f"{name}.json")
        publish(folder, quick=options.quick)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def parse(arguments: list[str]) -> Options:
    """Return what the command line *arguments* ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", default=",".join(CASES), metavar="NAME,…")
    parser.add_argument("--contenders", default=",".join(CONTENDERS), metavar="NAME,…")
    parser.add_argument("--bytecode", default="none,all", help="none, all, or both (the default)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="digits without byte code, once")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page")
    parser.add_argument(
        "--prune",
        action="store_true",
        help="empty the engine's build cache after each round: for an engine of its own",
    )
    parser.add_argument("--docker", default="docker", help="the program (default: docker)")
    parser.add_argument(
        "--engine-env",
        type=Path,
        metavar="FILE",
        help="a file with DOCKER_HOST=…, such as dev/engine writes"
        " (default: .cache/engine/engine.env if it is there, else the environment)",
    )
    given = parser.parse_args(arguments)
    bytecode = _words(parser, given.bytecode, ("none", "all"))
    return Options(
        cases=("digits",) if given.quick else _words(parser, given.cases, tuple(CASES)),
        contenders=_words(parser, given.contenders, CONTENDERS),
        bytecode=(False,) if given.quick else tuple(word == "all" for word in bytecode),
        rounds=1 if given.quick else given.rounds,
        quick=given.quick,
        report=given.report,
        prune=given.prune,
        docker=given.docker,
        engine=_engine(given.engine_env),
    )


def publish(folder: Path, *, quick: bool) -> None:
    """Write the page and the plot from the results in *folder*."""
    found = [folder / f"{name}.json" for name in CASES if (folder / f"{name}.json").exists()]
    if not found:
        raise BenchError("nothing has been measured yet")
    results = [read(path) for path in found]
    target = folder if quick else DOCS
    target.mkdir(exist_ok=True)
    write_report(results, target / "benchmarks.md")
    (target / "benchmarks.svg").write_text(draw(results))
    print(f"written: {target / 'benchmarks.md'} and {target / 'benchmarks.svg'}", file=sys.stderr)


class Comparison:
    """One case, its contenders, and what was measured so far."""

    def __init__(self, case: Case, options: Options) -> None:
        self._case = case
        self._options = options
        fetch_wheels(case)
        wheels, wheel_bytes = size_of(wheels_before(case))
        self._boxwright = Boxwright(case) if BOXWRIGHT in options.contenders else None
        self._docker = (
            Docker(case, options.docker, options.engine) if DOCKER in options.contenders else None
        )
        self._uv = Uv(case) if UV in options.contenders else None
        self._results = Results(
            case=case.name,
            machine=machine(),
            versions=self._versions(),
            wheels=wheels,
            wheel_bytes=wheel_bytes,
        )
        self._round = 0

    def run(self, path: Path) -> None:
        """Prepare, measure all rounds, and keep the results in *path*."""
        self._say("preparing")
        if self._docker:
            self._results.base_is_stand_in = self._docker.prepare().is_stand_in
        if self._boxwright:
            self._results.lock_seconds = self._boxwright.lock()
            self._boxwright.prepare_base()
        for number in range(1, self._options.rounds + 1):
            self._round = number
            for bytecode in self._options.bytecode:
                self._one_round(bytecode=bytecode)
                save(self._results, path)

    def _one_round(self, *, bytecode: bool) -> None:
        """Let all contenders run once, in an order that changes with the round."""
        turns = [self._turn_of_boxwright, self._turn_of_docker, self._turn_of_uv]
        first = (self._round - 1) % len(turns)
        # The engine's turn comes with the comparison of the images, for which ours must be
        # built: so it builds again what it needs, untimed.
        for turn in turns[first:] + turns[:first]:
            turn(bytecode=bytecode)

    def _turn_of_boxwright(self, *, bytecode: bool) -> None:
        ours = self._boxwright
        if ours is None:
            return

        def build(scenario: str, *, offline: bool = True) -> None:
            settle()
            before = load()
            done = ours.build(bytecode=bytecode, offline=offline)
            self._add(BOXWRIGHT, scenario, bytecode, done.seconds, {}, before)

        ours.start_with_nothing()
        build(NOTHING, offline=False)
        ours.start_over()
        build(COLD)
        self._add_size(BOXWRIGHT, bytecode, ours.layers())
        build(UNCHANGED)
        ours.edit()
        build(CODE)
        ours.pin(upgraded=True)
        build(DEPENDENCY)
        ours.start_over()
        watched = ours.build(bytecode=bytecode, look_at_memory=True)
        self._results.memory.append(
            Memory(bytecode=bytecode, peak_pss=watched.peak_pss, largest_rss=watched.largest_rss)
        )
        self._say(f"boxwright: at most {watched.peak_pss / 1e6:.0f} MB")

    def _turn_of_docker(self, *, bytecode: bool) -> None:
        docker = self._docker
        if docker is None:
            return
        with fresh_registry(self._case.state / "registry") as registry:
            try:
                docker.start_over(registry, bytecode=bytecode)

                def build(scenario: str) -> None:
                    settle()
                    before = load()
                    done = docker.build_and_push(registry)
                    parts = {"build": done.build, "push": done.push}
                    self._add(DOCKER, scenario, bytecode, done.seconds, parts, before)

                build(COLD)
                self._add_size(DOCKER, bytecode, docker.layers(registry))
                if self._round == 1 and self._boxwright:
                    theirs = docker.reference(registry)
                    self._compare(self._boxwright, docker, theirs, bytecode=bytecode)
                build(UNCHANGED)
                docker.edit()
                build(CODE)
                docker.pin(upgraded=True)
                build(DEPENDENCY)
            finally:
                docker.clean_up(prune=self._options.prune)

    def _turn_of_uv(self, *, bytecode: bool) -> None:
        uv = self._uv
        if uv is None:
            return
        if not uv.can(bytecode=bytecode):
            self._say(f"uv: left out, it takes a Python {self._case.python} to compile for it")
            return
        for scenario, upgraded in ((COLD, False), (DEPENDENCY, True)):
            settle()
            before = load()
            done = uv.install_and_pack(upgraded=upgraded, bytecode=bytecode)
            parts = {"install": done.install, "pack": done.pack}
            self._add(UV, scenario, bytecode, done.seconds, parts, before)
            if not upgraded:
                self._add_size(UV, bytecode, (0, done.size))

    def _compare(self, ours: Boxwright, docker: Docker, theirs: str, *, bytecode: bool) -> None:
        """See that both images run, hold the same distributions and answer alike."""
        archive = self._case.state / "boxwright" / "image.tar"
        ours.start_over()
        image = ours.build_archive(archive, bytecode=bytecode)
        load_command = [*docker.command, "load", "--quiet", "--input", str(archive)]
        subprocess.run(load_command, check=True, stdout=subprocess.DEVNULL)
        archive.unlink()
        try:
            our_service = ask_service(self._case, docker.command, image)
            their_service = ask_service(self._case, docker.command, theirs)
        finally:
            remove = [*docker.command, "image", "rm", "--force", image]
            subprocess.run(remove, check=False, stdout=subprocess.DEVNULL)
        same_service(self._case, our_service, their_service)
        mode = "all" if bytecode else "none"
        self._results.ready[f"{BOXWRIGHT}/{mode}"] = our_service.ready_after
        self._results.ready[f"{DOCKER}/{mode}"] = their_service.ready_after
        self._say(f"both images run and answer {our_service.answer}")

    def _add(
        self,
        contender: str,
        scenario: str,
        bytecode: bool,
        seconds: float,
        parts: dict[str, float],
        before: float,
    ) -> None:
        self._results.measurements.append(
            Measurement(
                contender=contender,
                scenario=scenario,
                bytecode=bytecode,
                round=self._round,
                seconds=seconds,
                parts=parts,
                load=before,
            )
        )
        detail = ", ".join(f"{name} {part:.2f}" for name, part in parts.items())
        mode = "with byte code" if bytecode else "no byte code"
        self._say(f"{contender}, {scenario}, {mode}: {seconds:.2f} s ({detail or 'one command'})")

    def _add_size(self, contender: str, bytecode: bool, size: tuple[int, int]) -> None:
        self._results.sizes.append(
            Size(contender=contender, bytecode=bytecode, whole=size[0], above_base=size[1])
        )

    def _versions(self) -> dict[str, str]:
        versions = {}
        if self._boxwright:
            versions["boxwright"] = self._boxwright.version()
        if self._docker:
            versions["Docker engine"] = self._docker.version()
        if self._uv:
            versions["uv"] = self._uv.version()
        return versions

    def _say(self, text: str) -> None:
        print(f"[{self._case.name}, round {self._round}] {text}", file=sys.stderr, flush=True)


def _words(parser: argparse.ArgumentParser, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(text.split(","))
    for word in words:
        if word not in known:
            parser.error(f"`{word}` is none of {', '.join(known)}")
    return words


def _engine(path: Path | None) -> dict[str, str]:
    """Return the environment that reaches the engine."""
    if path is None:
        path = CHECKOUT / ".cache" / "engine" / "engine.env"
        if "DOCKER_HOST" in os.environ or not path.exists():
            return {}
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise BenchError(f"`{path}`: {error.strerror}") from None
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: value for name, value in pairs.items() if name.startswith("DOCKER_")}


if __name__ == "__main__":
    sys.exit(main())
