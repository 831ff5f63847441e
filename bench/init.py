#!/usr/bin/env python3
"""
What `boxwright init` writes, beside `docker init` and the direct build of the same plan.

    python bench/init.py                                      all projects: most of an hour
    python bench/init.py --projects digits --rounds 1         one project, once
    python bench/init.py --quick                              does it work at all? (writes no page)
    python bench/init.py --report                             the page again, from what was measured

All take turns within each round, with the same versions of everything. Writes
docs/benchmarks-init.md; everything else is kept in .cache/bench/init.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cases import CHECKOUT, PLATFORMS, STATE
from init_bases import provide_bases, remove_stand_ins
from init_contenders import (
    DIRECT,
    OURS,
    OURS_SLIM,
    PEER,
    Bases,
    Built,
    Contender,
    Direct,
    Dockerfile,
    Workshop,
    write_peer,
)
from init_contents import HARDENED, look_inside
from init_page import page
from init_projects import PROJECTS, Project, pinned
from init_results import (
    CODE,
    COLD,
    DEPENDENCY,
    Command,
    Found,
    Image,
    Measurement,
    Results,
    Start,
    read,
    save,
)
from measure import BenchError, load, machine, program, run, settle
from package_index import Index, serve_wheels
from registry import fresh_registry

RESULTS = STATE / "init" / "results"
QUICK = STATE / "init" / "quick"
PAGE = CHECKOUT / "docs" / "benchmarks-init.md"
PEERS = CHECKOUT / ".cache" / "peers"
"""Where `bench/check.py --install` puts other checkers."""

PUBLISHED = ("--publish=127.0.0.1::8000",)
ROUTE = "/health/ready"
STARTS = 3
"""Starts of each image that are counted in each round."""
MOST_SECONDS = 60
"""Within which a service has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for."""

    projects: tuple[str, ...]
    rounds: int
    quick: bool
    report: bool
    docker: str
    engine: dict[str, str]


def main() -> int:
    """Run the benchmark; 2 if it cannot be run here."""
    # A program that may not keep its byte code compiles itself each time: nobody's start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        options = _parse(sys.argv[1:])
        folder = QUICK if options.quick else RESULTS
        if not options.report:
            for name in options.projects:
                Comparison(PROJECTS[name], options).run(folder / f"{name}.json")
        _publish(folder, folder / "page.md" if options.quick else PAGE)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _publish(folder: Path, target: Path) -> None:
    """Write the page about the results in *folder* to *target*."""
    found = [folder / f"{name}.json" for name in PROJECTS]
    results = [read(path) for path in found if path.exists()]
    if not results:
        raise BenchError("nothing has been measured yet")
    target.write_text(page(results))
    print(f"written: {target}", file=sys.stderr)


def _parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--projects", default="digits,stack", metavar="NAME,…")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="digits, once")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--docker", default="docker", help="the program (default: docker)")
    parser.add_argument(
        "--engine-env",
        type=Path,
        metavar="FILE",
        help="a file with DOCKER_HOST=…, such as dev/engine writes"
        " (default: .cache/engine/engine.env if it is there, else the environment)",
    )
    given = parser.parse_args(arguments)
    names = tuple(given.projects.split(","))
    for name in names:
        if name not in PROJECTS:
            parser.error(f"`{name}` is none of {', '.join(PROJECTS)}")
    return Options(
        projects=("digits",) if given.quick else names,
        rounds=1 if given.quick else given.rounds,
        quick=given.quick,
        report=given.report,
        docker=given.docker,
        engine=_engine(given.engine_env),
    )


class Comparison:
    """One project, those that make an image of it, and what was measured so far."""

    def __init__(self, project: Project, options: Options) -> None:
        self._project = project
        self._options = options
        self._docker = [options.docker]
        if "DOCKER_HOST" in options.engine:
            self._docker += ["--host", options.engine["DOCKER_HOST"]]
        self._env = {**options.engine, "DOCKER_BUILDKIT": "1"}
        self._boxwright = program("boxwright", "install it beside this Python: `pip install .`")
        self._wheels = project.state / "wheels"
        self._prepared = {
            name: project.state / "prepared" / name for name in (OURS, OURS_SLIM, PEER)
        }
        self._results = Results(project=project.name, machine=machine())
        self._round = 0

    def run(self, path: Path) -> None:
        """Prepare, measure all rounds, and keep the results in *path*."""
        self._say("preparing")
        direct = Direct(self._project, self._prepared[OURS], self._wheels)
        bases = provide_bases(self._project, self._docker, self._env, self._uv(), direct.prepare())
        try:
            self._prepare(bases)
            contenders: dict[str, Contender] = {
                OURS: self._dockerfile(OURS, bases.runtime),
                OURS_SLIM: self._dockerfile(OURS_SLIM, bases.python),
                PEER: self._dockerfile(PEER, bases.python),
                DIRECT: direct,
            }
            self._results.versions = self._versions()
            self._results.bases_are_stand_ins = bool(bases.stands_for)
            self._results.findings = [
                found for name in self._prepared for found in self._findings(name, bases)
            ]
            with serve_wheels(self._wheels) as index:
                for number in range(1, self._options.rounds + 1):
                    self._round = number
                    self._one_round(contenders, index)
                    save(self._results, path)
        finally:
            remove_stand_ins(bases, self._docker, self._env)

    def _dockerfile(self, name: str, base: str) -> Dockerfile:
        return Dockerfile(name, self._project, self._prepared[name], base)

    def _prepare(self, bases: Bases) -> None:
        """Generate everything, with and without the added dependency, and fetch the wheels."""
        settings = (
            f'python = "{self._project.python}"\n\n[images]\npython = "{bases.python}"\n'
            f'uv = "{bases.uv}"\n'
        )
        distroless = f'runtime = "{bases.runtime}"\n'
        first = self._prepared[OURS]
        for name, variant, base in ((OURS, "distroless", distroless), (OURS_SLIM, "slim", "")):
            before, after = self._prepared[name] / "before", self._prepared[name] / "after"
            self._project.copy(before)
            (before / "boxwright.toml").write_text(f'variant = "{variant}"\n{settings}{base}')
            if name != OURS:
                shutil.copy(first / "before" / "boxwright.lock", before)
            self._init(before)
            shutil.rmtree(after, ignore_errors=True)
            shutil.copytree(before, after)
            self._project.add_dependency(after)
            if name != OURS:
                shutil.copy(first / "after" / "boxwright.lock", after)
            self._init(after)
        for state in ("before", "after"):
            lock = first / state / "requirements.lock"
            write_peer(self._project, self._prepared[PEER] / state, lock, bases.python)
        self._fetch_wheels()

    def _init(self, folder: Path) -> None:
        run([self._boxwright, "init", "--quiet", folder], env=self._init_env())

    def _init_env(self) -> dict[str, str]:
        return {"BOXWRIGHT_CACHE_DIR": str(self._project.state / "cache-init")}

    def _uv(self) -> str:
        """Return the image of uv that a generated Dockerfile would name."""
        folder = self._project.state / "planned"
        self._project.copy(folder)
        words = ["plan", "--format", "json", str(folder)]
        document = json.loads(run([self._boxwright, *words], env=self._init_env()).output)
        name: str = document["images"]["uv"]
        return name

    def _fetch_wheels(self) -> None:
        """Download what the locks name, by way of this user's pip settings."""
        pins: set[str] = set()
        for state in ("before", "after"):
            lock = self._prepared[OURS] / state / "requirements.lock"
            pins |= set(pinned(lock).splitlines())
        shutil.rmtree(self._wheels, ignore_errors=True)
        self._wheels.mkdir(parents=True)
        target = ["--only-binary=:all:", "--no-deps", f"--python-version={self._project.python}"]
        platforms = [f"--platform={platform}" for platform in PLATFORMS]
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(self._wheels)]
        run([*words, *target, *platforms, *sorted(pins)])
        wheels = list(self._wheels.glob("*.whl"))
        self._results.wheels = len(wheels)
        self._results.wheel_bytes = sum(len(wheel.read_bytes()) for wheel in wheels)

    def _one_round(self, contenders: dict[str, Contender], index: Index) -> None:
        """Let all take their turn, in an order that changes with the round."""
        names = list(contenders)
        first = (self._round - 1) % len(names)
        for name in names[first:] + names[:first]:
            known = self._build_cache()
            try:
                with fresh_registry(self._project.state / "registry") as registry:
                    shop = Workshop(
                        docker=self._docker, env=self._env, index=index, registry=registry
                    )
                    self._turn(name, contenders[name], shop)
            finally:
                contenders[name].clean_up()
                self._forget(self._build_cache() - known)
        if self._round == 1:
            self._same_distributions()
        self._time_init()

    def _turn(self, name: str, contender: Contender, shop: Workshop) -> None:
        contender.start_over(shop)
        built = self._measure(name, COLD, contender, cold=True)
        image = contender.image()
        # Whether the image's files are in the page cache is nobody's merit: they are, afterwards.
        first = self._start(name, image)
        self._results.starts += (
            [first] if first.problem else [self._start(name, image) for _ in range(STARTS)]
        )
        if self._round == 1:
            self._results.images.append(self._look_at(name, contender, built, image))
        contender.edit()
        again = self._measure(name, CODE, contender, before=built)
        contender.add_dependency()
        self._measure(name, DEPENDENCY, contender, before=again)

    def _measure(
        self,
        name: str,
        step: str,
        contender: Contender,
        *,
        cold: bool = False,
        before: Built | None = None,
    ) -> Built:
        settle()
        busy = load()
        built = contender.build(cold=cold)
        there = {layer.digest for layer in before.layers} if before else contender.base_layers()
        sent = sum(layer.size for layer in built.layers if layer.digest not in there)
        self._results.measurements.append(
            Measurement(
                contender=name,
                step=step,
                round=self._round,
                build=built.build,
                push=built.push,
                sent=sent,
                load=busy,
            )
        )
        self._say(f"{name}, {step}: {built.seconds:.2f} s, {sent / 1e6:.2f} MB to push")
        return built

    def _look_at(self, name: str, contender: Contender, built: Built, image: str) -> Image:
        inside = look_inside(self._docker, image)
        base = contender.base_layers()
        above = tuple(layer for layer in built.layers if layer.digest not in base)
        return Image(
            contender=name,
            layers=len(built.layers),
            layers_above=len(above),
            compressed=sum(layer.size for layer in built.layers),
            compressed_above=sum(layer.size for layer in above),
            unpacked=contender.unpacked(built.layers),
            unpacked_above=contender.unpacked(above),
            files=inside.files,
            debian_packages=inside.debian_packages,
            programs=inside.programs,
            shells=inside.shells,
            installers=inside.installers,
            set_id_files=inside.set_id_files,
            distributions=inside.distributions,
            user=inside.user,
            health_check=inside.health_check,
        )

    def _same_distributions(self) -> None:
        """Raise BenchError unless all images hold the same distributions."""
        first, *others = self._results.images
        for other in others:
            different = sorted(set(first.distributions) ^ set(other.distributions))
            if different:
                raise BenchError(
                    f"{first.contender} and {other.contender} hold different distributions:"
                    f" {', '.join(different)}"
                )

    def _start(self, name: str, image: str) -> Start:
        """Run *image* hardened, and wait until it answers."""
        began = time.perf_counter()
        command = [*self._docker, "run", "--detach", "--pull=never", *HARDENED, *PUBLISHED, image]
        container = run(command, env=self._env).output.strip()
        try:
            problem = self._await(container)
            seconds = time.perf_counter() - began
        finally:
            run([*self._docker, "rm", "--force", "--volumes", container], env=self._env)
        self._say(f"{name}: {problem or f'answers after {seconds:.2f} s'}")
        return Start(contender=name, round=self._round, seconds=seconds, problem=problem)

    def _await(self, container: str) -> str:
        """Return what went wrong until *container* answered; nothing, if all went well."""
        port = run([*self._docker, "port", container, "8000/tcp"], env=self._env)
        address = port.output.split()[0]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        running = [*self._docker, "inspect", "--format", "{{.State.Running}}", container]
        end = time.monotonic() + MOST_SECONDS
        for number in range(sys.maxsize):
            try:
                with opener.open(f"http://{address}{ROUTE}", timeout=10):
                    return ""
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
            is_over = time.monotonic() > end
            if is_over or (number % 50 == 49 and run(running).output.strip() != "true"):
                break
        logs = subprocess.run(
            [*self._docker, "logs", "--tail", "5", container],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = (logs.stdout + logs.stderr).strip().splitlines() or ["nothing in its log"]
        return f"does not answer: {said[-1][:200]}"

    def _time_init(self) -> None:
        """See what a second `boxwright init` costs, which finds everything as it should be."""
        folder = self._prepared[OURS] / "before"
        for words in (("plan",), ("init", "--offline", "--quiet")):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = run([self._boxwright, *words, folder], env=self._init_env())
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            self._results.commands.append(
                Command(words=" ".join(words), wall=done.seconds, cpu=cpu)
            )
        described = json.loads(
            run(
                [self._boxwright, "init", "--offline", "--format", "json", folder],
                env=self._init_env(),
            ).output
        )
        self._results.files_written = len(described["files"])

    def _findings(self, name: str, bases: Bases) -> list[Found]:
        """Return what the checkers that are here say of the Dockerfile of *name*."""
        folder = self._project.state / "checked"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._prepared[name] / "before", folder, symlinks=True)
        dockerfile = folder / "Dockerfile"
        dockerfile.write_text(bases.with_public_names(dockerfile.read_text()))
        ours = [self._boxwright, "check", "--exit-zero", "--format", "json", "Dockerfile"]
        document = json.loads(run(ours, cwd=folder).output)
        rules = {"boxwright check": [found["rule"] for found in document["findings"]]}
        if hadolint := _checker("hadolint"):
            said = run([hadolint, "--no-fail", "--format", "json", "Dockerfile"], cwd=folder)
            rules["hadolint"] = [found["code"] for found in json.loads(said.output)]
        if tally := _checker("tally"):
            # It has BuildKit's own checks under their names; the rest is a matter of taste.
            lint = [tally, "lint", "--slow-checks", "off", "--fail-level", "none"]
            said = run([*lint, "--format", "json", "Dockerfile"], cwd=folder)
            rules["BuildKit's checks (by tally)"] = [
                found["rule"].removeprefix("buildkit/")
                for file in json.loads(said.output)["files"]
                for found in file["violations"]
                if found["rule"].startswith("buildkit/")
            ]
        return [
            Found(contender=name, checker=checker, rules=sorted(found))
            for checker, found in rules.items()
        ]

    def _build_cache(self) -> set[str]:
        """Return the names of what the engine keeps of builds."""
        listing = "{{range .BuildCache}}{{.ID}} {{end}}"
        words = [*self._docker, "system", "df", "--verbose", "--format", listing]
        return set(run(words, env=self._env).output.split())

    def _forget(self, names: set[str]) -> None:
        """Remove *names*, of what the engine keeps of builds: nobody else's is touched."""
        if not names:
            return
        wanted = f"id=^({'|'.join(sorted(names))})$"
        words = [*self._docker, "builder", "prune", "--all", "--force", "--filter", wanted]
        run(words, env=self._env)

    def _versions(self) -> dict[str, str]:
        engine = [*self._docker, "version", "--format", "{{.Server.Version}}"]
        versions = {
            "boxwright": run([self._boxwright, "--version"]).output.split()[-1],
            "Docker engine": run(engine, env=self._env).output.strip(),
        }
        for name in ("hadolint", "tally"):
            if found := _checker(name):
                number = re.search(r"\d+(\.\d+)+", run([found, "--version"]).output)
                versions[name] = number[0] if number else "?"
        return versions

    def _say(self, text: str) -> None:
        print(f"[{self._project.name}, round {self._round}] {text}", file=sys.stderr, flush=True)


def _checker(name: str) -> str | None:
    places = (Path(sys.executable).parent, PEERS / name / "bin")
    beside = next((place / name for place in places if (place / name).exists()), None)
    return str(beside) if beside else shutil.which(name)


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
