"""What is known of CUDA: which driver a release needs, and which wheels bring which release."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any


@functools.cache
def cuda_table() -> Mapping[str, Any]:
    """Return `cuda.toml`."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name("cuda.toml").read_text(encoding="utf-8"))


def major(version: str) -> int | None:
    """
    Return the major release of a CUDA *version*.

    >>> major("12.4.1"), major("")
    (12, None)
    """
    first = version.partition(".")[0]
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 4 else None


def minimum_driver(version: str) -> int | None:
    """
    Return the major release of the least Linux driver that runs CUDA *version*.

    >>> minimum_driver("12.8"), minimum_driver("13"), minimum_driver("")
    (525, 580, None)
    """
    found: int | None = cuda_table()["drivers"].get(version.partition(".")[0])
    return found


def toolkit_driver(version: str) -> int | None:
    """Return the major release of the driver that CUDA *version* came with."""
    release = ".".join(version.split(".")[:2])
    found: int | None = cuda_table()["toolkit_drivers"].get(release)
    return found


def least_driver(version: str) -> str:
    """
    Return the least Linux driver that runs CUDA *version*, with all of its numbers.

    >>> least_driver("13.2"), least_driver("")
    ('580.65.06', '')
    """
    found: str = cuda_table()["driver_releases"].get(version.partition(".")[0], "")
    return found
