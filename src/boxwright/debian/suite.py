"""The suites that images can stand on, and which packages their base is made of."""

from __future__ import annotations

import functools
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

COMPONENT = "main"

VARIANTS = ("distroless", "slim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A Debian release and the Python that it brings."""

    name: str
    version: str
    """Debian's: `13`."""
    python: str
    """The minor version: `3.13`."""
    glibc: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSet:
    """What a base consists of: the packages to begin with, and those never to follow."""

    roots: tuple[str, ...]
    drop: frozenset[str]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Packages of which only what is below certain folders is installed."""


def suites() -> tuple[str, ...]:
    """Return the names of the suites, the default first."""
    return ("trixie", "bookworm")


def find_suite(name: str) -> Suite:
    """
    Return the suite *name*, which must be one of `suites()`.

    >>> find_suite("trixie").python
    '3.13'
    """
    facts = _facts()[name]
    return Suite(
        name=name,
        version=facts["version"],
        python=facts["python"],
        glibc=(facts["glibc"][0], facts["glibc"][1]),
    )


def base_packages(suite: Suite, variant: str) -> PackageSet:
    """Return what the base of *suite* consists of in *variant*."""
    common = _facts()["common"]
    roots = [
        *common["roots"],
        f"python{suite.python}-minimal",
        f"libpython{suite.python}-stdlib",
    ]
    drop = {*common["drop"], *common["drop-nis"]}
    parts = {}
    if variant == "slim":
        roots += common["slim"]
    else:
        drop |= set(common["drop-distroless"])
        parts = {
            name: tuple(paths)
            for facts in (common, _facts()[suite.name])
            for name, paths in facts["parts-distroless"].items()
        }
    return PackageSet(roots=tuple(sorted({*roots, *parts})), drop=frozenset(drop), parts=parts)


def added_packages(names: tuple[str, ...]) -> PackageSet:
    """Return what has to be added for the packages *names*, whatever else is dropped."""
    return PackageSet(roots=names, drop=frozenset(_facts()["common"]["drop"]) - set(names))


def triplet(architecture: str) -> str:
    """
    Return how Debian names the folder of *architecture*'s libraries.

    >>> triplet("arm64")
    'aarch64-linux-gnu'
    """
    return str(_facts()["triplets"][architecture])


def loader(architecture: str) -> str:
    """Return the file name of the C library's loader, in the folder of the libraries."""
    return str(_facts()["loaders"][architecture])


def host_architecture(machine: str) -> str | None:
    """
    Return Debian's name of the architecture that `uname -m` calls *machine*.

    >>> host_architecture("x86_64")
    'amd64'
    """
    name = _facts()["machines"].get(machine)
    return None if name is None else str(name)


def own_architecture() -> str | None:
    """Return the architecture whose programs this machine runs; None where it runs none."""
    return host_architecture(platform.machine()) if platform.system() == "Linux" else None


def architectures() -> tuple[str, ...]:
    """Return the architectures that images can be built for, by Debian's names."""
    return tuple(_facts()["triplets"])


@functools.cache
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("suites.toml").read_text("utf-8"))
