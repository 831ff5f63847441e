"""The page docs/benchmarks-init.md."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from init_contenders import DIRECT, NAMES, OURS, OURS_SLIM, PEER, PEER_DOCKERFILE
from init_contents import HARDENED
from init_projects import ADDED, PROJECTS
from init_results import CODE, COLD, DEPENDENCY, Image, Results

CONTENDERS = (OURS, OURS_SLIM, PEER, DIRECT)
STEPS = {
    COLD: "cold: only the bases are there",
    CODE: "one line of the application changed",
    DEPENDENCY: "one small dependency added",
}
TO = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"

OPENING = """\
# Benchmarks of the generated Dockerfile

What the Dockerfile that `boxwright init` writes makes of a project, beside the one of `docker init` and beside a direct build of the same plan, side by side on one machine.
This page is written by `bench/init.py`; nothing in it is typed by hand.

- **`boxwright init`**: the generated Dockerfile as it is, whose image stands on distroless.
- **`boxwright init --variant slim`**: the same with a shell, on `python:slim`.
- **`docker init`**: the steps of the Dockerfile that it writes for Python, in our words (below), on the same `python:slim`.
- **`boxwright build`**: no Dockerfile; the direct build of the same plan and lock, to an OCI layout.
"""

METHOD = """\
## What is compared, and what is not

- All install the same versions, those of `requirements.lock`, and all images are seen to hold the same distributions; `docker init` takes them from a `requirements.txt` of pins without hashes.
- The wheels come from a package index on the loopback device; nothing else is downloaded in a timed step, and the public index's distance is in none of the figures.
- All take turns within a round, in an order that changes with the round; a figure is the median of the rounds, with the least and the most behind it, and a ratio is the median of the ratios of the rounds.
- A Dockerfile's time is `docker build` with BuildKit and `docker push` to an empty registry on the loopback device that has the base's layers, because the engine compresses an image only when it is pushed; `boxwright build` writes compressed layers at once.
- *Cold* is `docker build --no-cache`, with the cache mounts under a name that is new in each round, so that they are empty, and for the direct build a cache that holds the base layers alone; base images are in the engine already.
- The two changes follow on the same machine, with all caches warm: first the line, then the dependency (`{added}`), for which `boxwright init` is run again beforehand, untimed.
- *To push* is the compressed size of the layers that the image before the change did not have, and for the cold build of those that the base does not have.
- *Unpacked* is the sum of all files in all layers; a byte that a later layer hides counts too.
- *Answers after* is the time from `docker run` with {hardened} to the first answer of the health route, asked every 20 ms from outside; each image is started once beforehand, so that its files are in the page cache.
- Programs are executable files in folders called `bin` or `sbin`; set-id files run as their owner, whoever starts them.
- The checkers read the Dockerfile with the names of the public images.{stand_in}

The Dockerfile that stands for `docker init`, which is not open source and writes the same steps for every Python project:

```dockerfile
{dockerfile}```

Its own text says `adduser`, which Debian 13's slim images have no more: `useradd` with the same options is in its place.
Its first line, `# syntax=docker/dockerfile:1`, is left out, so that no frontend is fetched at each build.
For the run, this Dockerfile gets one `ARG` more, which tells pip of the index; the generated ones are told by the build secret that they have for that.

## Run it yourself

It takes Linux on x86-64 with `docker`, a running engine with BuildKit that you may build and push with, `docker-registry` and pip; where the public images cannot be pulled, also `mmdebstrap`.
`bench/check.py --install` fetches the other checkers.

```console
$ python bench/init.py
```

`--quick` sees whether it works at all, `--projects` and `--rounds` narrow it down, and `--report` writes this page again from the last results in `.cache/bench`.
"""

BUSY = (
    "The machine had other work at the same time: nothing is to be concluded from seconds and"
    " their ratios until this is run again; sizes do not depend on it.\n"
)

STAND_IN = """
- The public images could not be pulled where this was measured: stand-ins of the same make were used.
  For `python:slim` it is a minimal Debian with its own Python and pip; for distroless the base layer of `boxwright build` without its byte code, which the public image has not either.
  Their sizes differ from the originals', so sizes above the base are given as well."""


def page(results: Sequence[Results]) -> str:
    """Return the page about *results*."""
    return "\n".join(_sections(results)).rstrip("\n") + "\n"


def _sections(results: Sequence[Results]) -> Iterator[str]:
    yield OPENING
    for one in results:
        yield from _project(one)
    yield _machine(results)
    python = PROJECTS[results[0].project]
    dockerfile = PEER_DOCKERFILE.format(
        base=f"python:{python.python}-slim", application=python.application
    )
    yield METHOD.format(
        added=ADDED,
        hardened=f"`{' '.join(HARDENED)}`",
        dockerfile=dockerfile,
        stand_in=STAND_IN if any(one.bases_are_stand_ins for one in results) else "",
    )


def _project(results: Results) -> Iterator[str]:
    project = PROJECTS[results.project]
    yield f"## {project.title}\n"
    yield (
        f"{results.wheels} wheels of {_megabytes(results.wheel_bytes)} together,"
        f" Python {project.python} on Debian {project.suite}.\n"
    )
    yield _table(_times(results)) + "\n"
    yield _table(_contents(results)) + "\n"
    yield _table(_findings(results)) + "\n"
    wall, cpu = results.command("init --offline --quiet")
    plan_wall, plan_cpu = results.command("plan")
    yield (
        f"A second `boxwright init`, offline, which finds its {results.files_written} files as they"
        f" should be, takes {_number(wall)} s and {_number(cpu)} s of CPU; `boxwright plan` takes"
        f" {_number(plan_wall)} s and {_number(plan_cpu)} s.\n"
    )
    yield _size_sentence(results) + "\n"


def _times(results: Results) -> Iterator[tuple[str, ...]]:
    names = (NAMES[name] for name in CONTENDERS)
    yield ("Seconds, and megabytes to push", *names, f"{NAMES[PEER]} ÷ {NAMES[OURS]}")
    for step, title in STEPS.items():
        yield (
            title,
            *(_spread(results.seconds(name, step)) for name in CONTENDERS),
            _ratio(results.seconds(PEER, step), results.seconds(OURS, step)),
        )
    cold_parts = []
    for name in CONTENDERS:
        pushes = [one.push for one in results.of(name, COLD)]
        cold_parts.append(_number(statistics.median(pushes)) if any(pushes) else "")
    yield ("of the cold time the push", *cold_parts, "")
    for step in STEPS:
        sent = [[float(one.sent) for one in results.of(name, step)] for name in CONTENDERS]
        yield (
            f"to push, {STEPS[step].partition(':')[0]}",
            *(_megabytes(statistics.median(sizes)) for sizes in sent),
            _ratio(sent[CONTENDERS.index(PEER)], sent[0]),
        )
    starts = {name: results.started(name) for name in CONTENDERS}
    answers = {
        name: [one.seconds for one in found if not one.problem] for name, found in starts.items()
    }
    yield (
        "hardened, answers after",
        *(
            _spread(answers[name]) or starts[name][0].problem.replace("|", "\\|")
            for name in CONTENDERS
        ),
        _ratio(answers[PEER], answers[OURS]),
    )


def _contents(results: Results) -> Iterator[tuple[str, ...]]:
    yield ("The image", *(NAMES[name] for name in CONTENDERS))
    rows: dict[str, Callable[[Image], str]] = {
        "compressed": lambda image: _megabytes(image.compressed),
        "compressed, above the base": lambda image: _megabytes(image.compressed_above),
        "unpacked": lambda image: _megabytes(image.unpacked),
        "unpacked, above the base": lambda image: _megabytes(image.unpacked_above),
        "layers (above the base)": lambda image: f"{image.layers} ({image.layers_above})",
        "files": lambda image: f"{image.files:,}",
        "Debian packages": lambda image: str(image.debian_packages),
        "programs": lambda image: str(image.programs),
        "shells": lambda image: str(len(image.shells)),
        "installers of packages": lambda image: str(len(image.installers)),
        "set-id files": lambda image: str(len(image.set_id_files)),
        "runs as": lambda image: f"`{image.user}`",
        "health check": lambda image: "yes" if image.health_check else "no",
    }
    for title, said in rows.items():
        yield title, *(said(results.image(name)) for name in CONTENDERS)


def _findings(results: Results) -> Iterator[tuple[str, ...]]:
    written = (OURS, OURS_SLIM, PEER)
    yield ("Findings in the Dockerfile", *(NAMES[name] for name in written))
    for checker in dict.fromkeys(found.checker for found in results.findings):
        cells = []
        for name in written:
            found = next(
                (
                    one.rules
                    for one in results.findings
                    if (one.contender, one.checker) == (name, checker)
                ),
                [],
            )
            counted = Counter(found)
            named = ", ".join(f"`{rule}`" for rule in sorted(counted))
            cells.append(f"{len(found)}: {named}" if found else "0")
        yield checker, *cells


def _size_sentence(results: Results) -> str:
    ours, direct, peer = (results.image(name) for name in (OURS, DIRECT, PEER))
    return (
        f"Unpacked, the image of the generated Dockerfile has {_change(ours.unpacked, direct.unpacked)}"
        f" of the direct build's size and {_change(ours.unpacked, peer.unpacked)} of that of"
        f" `docker init`; above the base it is"
        f" {_change(ours.unpacked_above, direct.unpacked_above)} and"
        f" {_change(ours.unpacked_above, peer.unpacked_above)}."
    )


def _machine(results: Sequence[Results]) -> str:
    where = results[0].machine
    dates = " and ".join(sorted({one.machine["date"] for one in results}))
    loads = [each.load for one in results for each in one.measurements]
    versions = ", ".join(f"{name} {version}" for name, version in results[0].versions.items())
    rounds = min(max(each.round for each in one.measurements) for one in results)
    return (
        "## Where and when\n\n"
        f"{dates}, {rounds} {'rounds' if rounds > 1 else 'round'}; {where['processor']}, {where['cores']} cores, {where['memory']};"
        f" {where['system']}, Linux {where['kernel']}, Python {where['python']}; {versions};"
        f" load average before a step: {statistics.median(loads):.1f}"
        f" ({min(loads):.1f}{TO}{max(loads):.1f}).\n"
        + (BUSY if statistics.median(loads) > int(where["cores"]) / 2 else "")
    )


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    median = _number(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({_number(min(values))}{TO}{_number(max(values))})"


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> str:
    """Return how many times ours theirs is, paired by round."""
    if not theirs or len(theirs) != len(ours):
        return ""
    ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    return f"{ratio:.2f} {TIMES}"


def _change(size: float, other: float) -> str:
    return f"{size / other:.0%}"


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _megabytes(size: float) -> str:
    if size < 0.995e6:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e6:.1f} MB" if size < 99.5e6 else f"{size / 1e6:.0f} MB"
