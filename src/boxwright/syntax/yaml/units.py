"""Sizes, durations and numbers of processors, as Compose and Kubernetes write them."""

from __future__ import annotations

import re
from functools import cache


def parse_size(text: str) -> int | None:
    """
    Return the bytes that Compose means by *text*; its units are powers of 1024.

    >>> parse_size("512m"), parse_size("1.5gb"), parse_size("64"), parse_size("lots")
    (536870912, 1610612736, 64, None)
    """
    found = _size_pattern().match(text.strip())
    if found is None:
        return None
    power = " kmgtp".index(found[2].lower() or " ")
    return int(float(found[1]) * 1024**power)


def parse_duration(text: str) -> float | None:
    """
    Return the seconds that Compose means by *text*.

    >>> parse_duration("1m30s"), parse_duration("1.5h"), parse_duration("30")
    (90.0, 5400.0, None)
    """
    if text == "0":
        return 0.0
    if not _duration_pattern().fullmatch(text):
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _duration_part().findall(text))


def parse_cpus(text: str) -> float | None:
    """Return the processors that Compose means by *text*: `1.5`."""
    return float(text) if _decimal_pattern().fullmatch(text) else None


def parse_quantity(text: str) -> float | None:
    """
    Return the number that Kubernetes means by *text*.

    >>> parse_quantity("500m"), parse_quantity("4Gi"), parse_quantity("1e3"), parse_quantity("4GB")
    (0.5, 4294967296.0, 1000.0, None)
    """
    found = _quantity_pattern().fullmatch(text)
    if found is None:
        return None
    return float(found[1] + (found[3] or "")) * _SUFFIXES[found[2] or ""]


_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
    "d": 86400.0, "w": 604800.0,
}  # fmt: skip
_SUFFIXES = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "E": 1e18, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
    "Ei": 2.0**60,
}  # fmt: skip


@cache
def _size_pattern() -> re.Pattern[str]:
    return re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?) ?([kKmMgGtTpP]?)(?:[iI]?[bB])?\Z")


@cache
def _duration_pattern() -> re.Pattern[str]:
    return re.compile(r"(?:[0-9]{1,30}(?:\.[0-9]{0,30})?(?:ns|us|µs|ms|s|m|h|d|w))+")


@cache
def _duration_part() -> re.Pattern[str]:
    return re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h|d|w)")


@cache
def _decimal_pattern() -> re.Pattern[str]:
    return re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?|\.[0-9]{1,30}")


@cache
def _quantity_pattern() -> re.Pattern[str]:
    return re.compile(
        r"([-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}))"
        r"(?:([numkMGTPE]|[KMGTPE]i)|([eE][-+]?[0-9]{1,2}))?"
    )
