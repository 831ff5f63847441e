"""Sizes, durations and numbers of processors."""

from __future__ import annotations

import pytest

from boxwright.syntax.yaml.units import parse_cpus, parse_duration, parse_quantity, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("64", 64), ("1b", 1), ("1K", 1024), ("1kib", 1024), ("1.5 GB", 1610612736), ("2t", 2 << 40),
     ("-1", None), ("1x", None), ("", None), ("9" * 50, None)],
)  # fmt: skip
def test_sizes(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30.0), ("1m30s", 90.0), ("1.5h", 5400.0), ("100ms", 0.1), ("0", 0.0), ("30", None),
     ("", None), ("1m 30s", None), ("s", None)],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


def test_processors() -> None:
    assert [parse_cpus(text) for text in ("1.5", ".5", "2", "all", "")] == [1.5, 0.5, 2, None, None]


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", 0.5), ("4Gi", 4 * 2.0**30), ("4G", 4e9), ("1e3", 1000.0), ("1E", 1e18), ("2", 2.0),
     ("4GB", None), ("", None), ("m", None)],
)  # fmt: skip
def test_quantities(text: str, number: float | None) -> None:
    assert parse_quantity(text) == number
