"""The page docs/benchmarks.md: what was measured, beside what was aimed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from by_docker import DOCKERFILE
from cases import CASES
from results import (
    BOXWRIGHT,
    CODE,
    COLD,
    DEPENDENCY,
    DOCKER,
    NOTHING,
    SCENARIOS,
    UNCHANGED,
    UV,
    Results,
    Spread,
)

SCENARIO_NAMES = {
    NOTHING: "nothing cached at all",
    COLD: "cold: only the base is there",
    DEPENDENCY: "one small dependency changed",
    CODE: "one line of the application changed",
    UNCHANGED: "nothing changed",
}

OPENING = """\
# Benchmarks

How long it takes until a compressed image of a Python service is ready, in three ways, side by side on one machine.

- **boxwright**: `boxwright build` to an OCI layout folder.
- **docker**: `docker build` with BuildKit and a best-practice Dockerfile, then `docker push` to a registry on the loopback device, because the engine compresses an image only when it is pushed.
- **uv**: `uv pip install --target` into an empty folder, then `tar --sort=name` and `pigz -6`; this makes the dependency layer only, no image.

This page and its plot are written by `bench/build.py`; nothing in them is typed by hand.

![Seconds for each way and each change, shorter is better](benchmarks.svg)
"""

METHOD = """\
## What is compared, and what is not

- All three install the same pinned wheels from the same folder on disk, which is in the page cache; nothing is downloaded in any timed step, except in the row “nothing cached at all”, where boxwright fetches the Debian packages of its base from the mirror.
- Resolving is not part of the times: docker and uv are given pinned requirements, boxwright a `boxwright.lock`; making that lock is reported by itself.
- The three take turns within a round and the order changes with the round; a figure is the median of the rounds, with the least and the most behind it, and a ratio is the median of the ratios of the rounds.
- *Cold* means for boxwright a cache that holds the base layers and nothing else, as the engine holds its base image; for docker that no step of the build can be reused, and that the registry has the base's layers already; for uv an empty cache.
- *One line of the application changed* and *nothing changed* follow a build on the same machine, with all caches warm; a build on a fresh machine is the cold row for docker, whatever was changed.
- *One small dependency changed* is {upgrade}; a Dockerfile installs all dependencies anew then, and uv's folder is made anew.
- The docker figures do not include pulling the base image or copying the wheels into the engine (they are mounted from an image of their own), and neither do ours include installing boxwright.
- Before the figures are taken seriously, both images are run (read-only, all capabilities dropped, not root, no network), asked for a prediction, and must hold the same distributions in the same versions and give the same answer.
- With byte code means all of the wheels' modules compiled: pip's default, `uv --compile-bytecode` (with a Python of the host of the same minor version), and `boxwright build --bytecode all`; without means `pip --no-compile`, uv's default and `--bytecode none`.
- The standard library's byte code is in boxwright's base in either case.
- Memory is the sum of the proportional set sizes of all processes of a cold `boxwright build`, looked at every 30 ms in a run that is not timed; beside it is the largest resident set of any one process.
- The engine's memory is not measured, and no remote registry, other architecture, or BuildKit cache in a registry is part of this.
{stand_in}
The Dockerfile, where `BENCH_RUN` differs in every round so that a cold build is cold:

```dockerfile
{dockerfile}```

## Run it yourself

It takes Linux on x86-64 with `docker`, a running engine that you may build and push with, `docker-registry`, `pigz`, and pip; where `python:slim` cannot be pulled, also `mmdebstrap`.
Where pip's settings do not lead to PyTorch's CPU wheels, name their index in `PIP_EXTRA_INDEX_URL`.

```console
$ python bench/build.py
```

`--quick` sees whether it works at all, `--cases`, `--contenders`, `--bytecode` and `--rounds` narrow it down, and `--report` writes this page again from the last results in `.cache/bench`.
"""

STAND_IN = (
    "- The base image `python:slim` could not be pulled where this was measured: a stand-in of the"
    " same make was used (minimal Debian, Python, pip, no documentation), whose size differs from"
    " the original's, so sizes above the base are given as well.\n"
)

TIMES = "\N{MULTIPLICATION SIGN}"
TO = "\N{EN DASH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Something that was aimed at, and what came of it."""

    text: str
    measured: str
    met: bool


def write_report(results: list[Results], path: Path) -> None:
    """Write the page about *results* to *path*."""
    path.write_text("\n".join(_sections(results)).rstrip("\n") + "\n")


def _sections(results: list[Results]) -> Iterator[str]:
    yield OPENING
    if any(one.spread(BOXWRIGHT, COLD, bytecode=mode) for one in results for mode in one.modes()):
        yield _goals(results)
    for one in results:
        yield from _case(one)
    yield _machine(results)
    dockerfile = DOCKERFILE.format(
        base="python:3.11-slim", unique="…", wheels="wheels", compile="--no-compile ", ready="…"
    ).replace("'…'", "'http://127.0.0.1:8000/health/ready'")
    upgrade = CASES[results[0].case].upgrade
    yield METHOD.format(
        upgrade=f"a new release of {upgrade.name} ({upgrade.before} → {upgrade.after})",
        dockerfile=dockerfile,
        stand_in=STAND_IN if any(one.base_is_stand_in for one in results) else "",
    )


def _goals(results: list[Results]) -> str:
    rows = [
        (goal.text, goal.measured, "yes" if goal.met else "**no**")
        for one in results
        for goal in _goals_of(one)
    ]
    return "## Goals\n\n" + _table(("Goal, on two cores", "Measured", "Met"), rows)


def _goals_of(one: Results) -> Iterator[Goal]:
    title = CASES[one.case].title
    if one.case == "torch":
        yield from _at_least(one, DOCKER, COLD, 12, bytecode=False)
        yield from _at_least(one, UV, COLD, 5, bytecode=False)
        yield from _at_least(one, DOCKER, COLD, 4, bytecode=True)
    for bytecode in one.modes():
        mode = _mode(bytecode=bytecode)
        yield from _at_least(one, DOCKER, CODE, 10, bytecode=bytecode)
        unchanged = one.spread(BOXWRIGHT, UNCHANGED, bytecode=bytecode)
        if unchanged:
            yield Goal(
                text=f"{title}, {mode}: nothing changed in under 0.3 s",
                measured=_seconds(unchanged),
                met=unchanged.median < 0.3,
            )
        peak = one.peak(bytecode=bytecode)
        if peak:
            yield Goal(
                text=f"{title}, {mode}: peak memory under 300 MB",
                measured=_megabytes(peak.peak_pss),
                met=peak.peak_pss < 300e6,
            )
        ours = one.size(BOXWRIGHT, bytecode=bytecode)
        theirs = one.size(DOCKER, bytecode=bytecode)
        if ours and theirs:
            whole = ours.whole / theirs.whole - 1
            above = ours.above_base / theirs.above_base - 1
            yield Goal(
                text=f"{title}, {mode}: image no larger than docker's plus 2 %",
                measured=f"{whole:+.1%} (above the base: {above:+.1%})",
                met=whole <= 0.02,
            )


def _at_least(
    one: Results, contender: str, scenario: str, times: int, *, bytecode: bool
) -> Iterator[Goal]:
    ratio = one.ratio(contender, scenario, bytecode=bytecode)
    if ratio:
        what = f"{CASES[one.case].title}, {_mode(bytecode=bytecode)}, {SCENARIO_NAMES[scenario]}"
        yield Goal(
            text=f"{what}: at least {times} {TIMES} faster than {contender}",
            measured=f"{_times(ratio)} ({ratio.least:.1f}{TO}{ratio.most:.1f})",
            met=ratio.median >= times,
        )


def _case(one: Results) -> Iterator[str]:
    case = CASES[one.case]
    yield (
        f"## {case.title}\n\n"
        f"{one.wheels} wheels of {_megabytes(one.wheel_bytes)} together,"
        f" Python {case.python} on Debian {case.suite}.\n"
    )
    for bytecode in one.modes():
        yield f"### {case.title}, {_mode(bytecode=bytecode)}\n\n" + _times_table(
            one, bytecode=bytecode
        )
        parts = _parts(one, bytecode=bytecode)
        if parts:
            yield parts
    sizes = list(_sizes(one))
    if sizes:
        yield f"### {case.title}: size and memory\n\n" + _table(
            ("", "whole image, compressed", "above the base", "peak memory (largest process)"),
            sizes,
        )
    if one.lock_seconds:
        yield (
            f"Making `boxwright.lock` took {one.lock_seconds['first']:.1f} s with an empty cache"
            f" and {one.lock_seconds['again']:.1f} s for the changed dependency.\n"
        )


def _times_table(one: Results, *, bytecode: bool) -> str:
    rows = []
    for scenario in SCENARIOS:
        spreads = [
            one.spread(contender, scenario, bytecode=bytecode)
            for contender in (BOXWRIGHT, DOCKER, UV)
        ]
        if not any(spreads):
            continue
        ratios = [one.ratio(contender, scenario, bytecode=bytecode) for contender in (DOCKER, UV)]
        rows.append(
            (SCENARIO_NAMES[scenario], *map(_seconds_with_range, spreads), *map(_times, ratios))
        )
    return _table(
        ("Seconds", "boxwright", "docker", "uv", "docker ÷ boxwright", "uv ÷ boxwright"), rows
    )


def _parts(one: Results, *, bytecode: bool) -> str:
    build, push = (one.part(DOCKER, COLD, name, bytecode=bytecode) for name in ("build", "push"))
    install, pack = (one.part(UV, COLD, name, bytecode=bytecode) for name in ("install", "pack"))
    sentences = []
    if build and push:
        sentences.append(
            f"Of docker's cold time the build is {_seconds(build)} and the push {_seconds(push)}."
        )
    if install and pack:
        sentences.append(
            f"Of uv's the install is {_seconds(install)} and packing {_seconds(pack)}."
        )
    return "\n".join(sentences) + "\n" if sentences else ""


def _sizes(one: Results) -> Iterator[tuple[str, ...]]:
    for bytecode in one.modes():
        peak = one.peak(bytecode=bytecode)
        for contender in (BOXWRIGHT, DOCKER, UV):
            size = one.size(contender, bytecode=bytecode)
            if size is None:
                continue
            memory = ""
            if contender == BOXWRIGHT and peak:
                memory = f"{_megabytes(peak.peak_pss)} ({_megabytes(peak.largest_rss)})"
            yield (
                f"{contender}, {_mode(bytecode=bytecode)}",
                _megabytes(size.whole) if size.whole else "",
                _megabytes(size.above_base),
                memory,
            )


def _machine(results: list[Results]) -> str:
    rows = []
    for one in results:
        versions = ", ".join(f"{name} {version}" for name, version in one.versions.items())
        loads = one.loads()
        machine = one.machine
        rows += [
            (
                CASES[one.case].title,
                machine["date"],
                f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}",
                f"{machine['system']}, Linux {machine['kernel']}, Python {machine['python']}",
                versions,
                str(max((m.round for m in one.measurements), default=0)),
                f"{loads.median:.1f} ({loads.least:.1f}{TO}{loads.most:.1f})" if loads else "",
            )
        ]
    headings = ("Case", "Date", "Machine", "System", "Versions", "Rounds", "Load average before")
    return "## Where and when\n\n" + _table(headings, rows)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _mode(*, bytecode: bool) -> str:
    return "with byte code" if bytecode else "without byte code"


def _number(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 9.995 else f"{seconds:.1f}"


def _seconds(spread: Spread) -> str:
    return f"{_number(spread.median)} s"


def _seconds_with_range(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.count == 1:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.least)}{TO}{_number(spread.most)})"


def _times(ratio: Spread | None) -> str:
    return f"{ratio.median:.1f} {TIMES}" if ratio else ""


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB" if size < 99.5e6 else f"{size / 1e6:.0f} MB"
