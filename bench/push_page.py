"""The page docs/benchmarks-push.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from push import Results

OURS = "boxwright"
PEERS = ("docker", "docker, application first")
TITLES = {
    "warm": "one line changed",
    "clean": "one line changed, on a clean machine",
    "clean, unchanged": "nothing changed, on a clean machine",
}

TEXT = """\
# Benchmarks of the way to a registry

How long it takes until a changed service is in a registry that has the image of before: `boxwright push` beside `docker build` and `docker push`, side by side on one machine.
This page is written by `bench/push.py`; nothing in it is typed by hand.

The service is {case}; its image has {size:.0f} MB.

| Goal | Measured | Met |
| --- | --- | --- |
{goals}

| | boxwright | docker | ratio | docker, application first | ratio |
| --- | --- | --- | --- | --- | --- |
{seconds}

| Bytes to the registry, and from it | boxwright | docker | docker, application first |
| --- | --- | --- | --- |
{bytes}

Docker's Dockerfile has the dependencies before the application, as it should be; in the other the application is copied first, as it often is, so that any change of it installs everything anew.
A clean machine is a CI runner that never built the service, whose registry has what others pushed.
Boxwright begins there with an empty cache: packages of Debian that it needs come over the network.
Docker has its base image and the wheels in the engine, and takes its build cache from the registry (`--cache-from` with the inline cache).
A figure is the median of {rounds}, in which the two take turns; bytes are counted at a door in front of the registry, requests and all.

## Where and when

{date}, {processor}, {cores} cores, {memory}; {system}; boxwright {boxwright}, Docker {docker}; load average before: {load}.

## Run it yourself

```console
$ python bench/push.py --prune
```
"""


def page(results: Results) -> str:
    """Return the page that tells *results*."""
    seconds, sizes = [], []
    for scenario, title in TITLES.items():
        ours = results.median(OURS, scenario, "seconds")
        theirs = [results.median(who, scenario, "seconds") for who in PEERS]
        cells = [f"{took:.2f} s | {took / ours:.1f} \N{MULTIPLICATION SIGN}" for took in theirs]
        seconds.append(f"| {title} | {ours:.2f} s | {' | '.join(cells)} |")
        cells = [
            f"{results.median(who, scenario, 'sent') / 1e6:.2f} MB,"
            f" {results.median(who, scenario, 'received') / 1e6:.2f} MB"
            for who in (OURS, *PEERS)
        ]
        sizes.append(f"| {title} | {' | '.join(cells)} |")
    sent = results.median(OURS, "warm", "sent")
    goals = [
        _goal(results, "warm", "docker"),
        _goal(results, "warm", "docker, application first"),
        _goal(results, "clean", "docker"),
        f"| one line changed: under 1 MB sent | {sent / 1e6:.2f} MB | {_yes(sent < 1e6)} |",
    ]
    loads = [cost.load for costs in results.costs.values() for cost in costs]
    return TEXT.format(
        case=results.case,
        size=results.image_bytes / 1e6,
        goals="\n".join(goals),
        seconds="\n".join(seconds),
        bytes="\n".join(sizes),
        rounds="one round" if results.rounds == 1 else f"{results.rounds} rounds",
        load=f"{min(loads):.1f} to {max(loads):.1f}",
        **{key: results.machine[key] for key in ("date", "processor", "cores", "memory", "system")},
        **results.versions,
    )


def _goal(results: Results, scenario: str, peer: str) -> str:
    """Return whether we are ten times as fast as *peer*."""
    ratio = results.median(peer, scenario, "seconds") / results.median(OURS, scenario, "seconds")
    return (
        f"| {TITLES[scenario]}: at least 10 \N{MULTIPLICATION SIGN} faster than {peer}"
        f" | {ratio:.1f} \N{MULTIPLICATION SIGN} | {_yes(round(ratio, 1) >= 10)} |"
    )


def _yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"
