"""Compatibility tags: which wheels the image can run (PEP 425, PEP 600)."""

from __future__ import annotations

from collections.abc import Iterable

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Wheels' names for the architectures of images."""

_OLDEST_GLIBC = {"amd64": 5, "arm64": 17}
_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}


def target_tags(python: str, architecture: str, glibc: tuple[int, int]) -> tuple[str, ...]:
    """
    Return the tags of wheels that run in an image, best first.

    *python* is CPython's minor version, *glibc* that of the base.

    >>> target_tags("3.13", "amd64", (2, 41))[0]
    'cp313-cp313-manylinux_2_41_x86_64'
    """
    # Nothing else needs packaging here, and it takes a while to import.
    from packaging.tags import compatible_tags, cpython_tags

    major, minor = map(int, python.split("."))
    platforms = _platforms(architecture, glibc)
    tags = [
        *cpython_tags((major, minor), platforms=platforms, abis=[f"cp{major}{minor}"]),
        *compatible_tags((major, minor), f"cp{major}{minor}", platforms),
    ]
    return tuple(dict.fromkeys(map(str, tags)))


def fits(tags: Iterable[str], target: Iterable[str]) -> bool:
    """Return whether a wheel with *tags* runs where *target* does."""
    return not set(tags).isdisjoint(target)


def _platforms(architecture: str, glibc: tuple[int, int]) -> list[str]:
    machine = MACHINES[architecture]
    major, newest = glibc
    found = []
    for minor in range(newest, _OLDEST_GLIBC[architecture] - 1, -1):
        found.append(f"manylinux_{major}_{minor}_{machine}")
        if minor in _LEGACY:
            found.append(f"{_LEGACY[minor]}_{machine}")
    return [*found, f"linux_{machine}"]
