"""The page docs/benchmarks-inspect.md."""

from __future__ import annotations

from collections.abc import Iterator

from inspect_results import (
    AGAIN,
    ARCHIVE,
    CONTENDERS,
    FIRST,
    FLOOR,
    LAYOUT,
    PEER,
    Contents,
    Results,
)

TIMES = "\N{MULTIPLICATION SIGN}"
NAMES = {
    FLOOR: "the floor",
    FIRST: "`boxwright inspect`",
    AGAIN: "`boxwright inspect`, a second time",
    PEER: "syft",
}

TEXT = """\
# Benchmarks of a look into an image

What `boxwright inspect` costs on an image with torch, beside syft and beside the least that reading the image takes, side by side on one machine.
This page is written by `bench/inspect.py`; nothing in it is typed by hand.

- **the floor**: every layer unpacked, hashed as it is stored and as it unpacks, and its tar walked through; nothing else.
- **`boxwright inspect --format json`**: the whole report, with nothing remembered: packages, sizes by cause, waste, credentials in all files of all layers, models and data sets, practices; digests of blobs, layers and every file.
- **the second time**: the same, with the layers remembered.
- **`syft scan --output json`**: the packages of the final filesystem, without secrets and waste.

{costs}

{verdict}

CPU seconds are user and system time with all children; memory is the largest resident set of any one process.
A figure is the median of the rounds, in which the programs take turns; the ratio is of CPU seconds, to boxwright's first look.

## The image

{image}

| Packages | boxwright | syft |
| --- | --- | --- |
{packages}

Copies that a package has of others (`_vendor`) are packages to syft and marked as copies by boxwright.

## Where and when

{date}, {machine}; {system}; {versions}; load average before: {load}.

## Run it yourself

```console
$ python bench/inspect.py --install
```
"""


def page(results: Results) -> str:
    """Return the page that tells *results*."""
    where = results.machine
    return TEXT.format(
        costs=_table(_rows(results)),
        verdict=_verdict(results),
        image=_image(results.contents),
        packages="\n".join(
            f"| {name} | {ours} | {theirs} |"
            for name, (ours, theirs) in results.contents.packages.items()
        ),
        machine=f"{where['processor']}, {where['cores']} cores, {where['memory']}",
        system=f"{where['system']}, Linux {where['kernel']}, Python {where['python']}",
        versions=", ".join(f"{name} {version}" for name, version in results.versions.items()),
        date=where["date"],
        load=f"{results.load:.1f}",
    )


def _rows(results: Results) -> Iterator[tuple[str, ...]]:
    yield "Image", "Program", "CPU s", "Wall s", "Memory", "Ratio"
    for form in (LAYOUT, ARCHIVE):
        ours = results.median(form, FIRST, "cpu")
        for contender in CONTENDERS:
            cpu = results.median(form, contender, "cpu")
            yield (
                form,
                NAMES[contender],
                f"{cpu:.2f}",
                f"{results.median(form, contender, 'wall'):.2f}",
                f"{results.median(form, contender, 'memory') / 2**20:.0f} MiB",
                f"{cpu / ours:.2f} {TIMES}",
            )


def _verdict(results: Results) -> str:
    parts = []
    for form in (LAYOUT, ARCHIVE):
        cpu = results.median(form, PEER, "cpu") / results.median(form, FIRST, "cpu")
        memory = results.median(form, PEER, "memory") / results.median(form, FIRST, "memory")
        parts.append(
            f"From the {form} syft takes {cpu:.1f} {TIMES} the CPU seconds and"
            f" {memory:.1f} {TIMES} the memory for a part of the report."
        )
    return "\n".join(parts)


def _image(contents: Contents) -> str:
    found = ", ".join(f"{count:,} {what}" for what, count in contents.found.items())
    return (
        f"{contents.layers} layers of {contents.stored / 1e6:.0f} MB"
        f" ({contents.unpacked / 1e9:.2f} GB unpacked) with {contents.members:,} members:"
        " Debian and Python, distributions with torch, transformers and scikit-learn,"
        " a model, and what Dockerfiles with habits leave behind:"
        " a file with credentials and a data set, both deleted by later layers,"
        " and a package whose files are there twice for a change of mode.\n"
        f"The report has {found}."
    )


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
