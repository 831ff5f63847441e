"""The comparison of bases as people read it, and as programs do."""

from __future__ import annotations

import json
from datetime import date

import pytest

from boxwright.report.bases_text import render, render_json
from boxwright.setup.bases import Base, Comparison, Measured, compare

TODAY = date(2026, 11, 22)
OURS = Base(
    name="boxwright distroless trixie",
    is_own=True,
    distribution="debian:13",
    libc="glibc 2.41",
    python="3.13",
    user="65532",
    has_shell=False,
    size=18_991_725,
    is_rough=False,
    supported_until=date(2028, 8, 9),
    vulnerabilities={"high": 1, "low": 12},
    merits=("no shell",),
)
OTHER = Base(
    name="example.com/team/base:1",
    is_own=False,
    distribution="",
    libc="",
    python="",
    user="",
    has_shell=None,
    size=2_110_000_000,
    is_rough=True,
    supported_until=None,
    drawbacks=("runs as root unless it is told otherwise", "its tag moves on"),
)
UNFIT = Base(
    name="old",
    is_own=False,
    distribution="",
    libc="musl",
    python="3.9",
    user="root",
    has_shell=True,
    size=None,
    is_rough=True,
    supported_until=None,
    obstacles=("its Python is 3.9, and the project is for 3.13",),
)


def comparison(*bases: Base, recommended: Base | None = None) -> Comparison:
    return Comparison(
        bases=bases,
        recommended=recommended,
        reasons=recommended.merits if recommended else (),
        as_of=TODAY,
        wants=("Python 3.13",),
    )


def test_what_fits_is_a_table_and_what_does_not_says_why() -> None:
    assert render(comparison(OURS, OTHER, UNFIT, recommended=OURS)).splitlines() == [
        "wanted: Python 3.13",
        "",
        "base                         to pull  python  libc        user   shell  support",
        "boxwright distroless trixie  19.0 MB  3.13    glibc 2.41  65532  no     2028-08",
        "    known vulnerabilities: 1 high, 12 low",
        "example.com/team/base:1      ~2.1 GB  none    ?           ?      ?      ?",
        "    - runs as root unless it is told otherwise",
        "    - its tag moves on",
        "",
        "does not fit:",
        "  old: its Python is 3.9, and the project is for 3.13",
        "",
        "recommended: boxwright distroless trixie",
        "  no shell",
        "",
        "~ sizes are from a table of 2026-11-22; `--look` measures the images",
    ]


def test_nothing_that_fits() -> None:
    assert render(comparison(UNFIT)).splitlines()[2:] == [
        "does not fit:",
        "  old: its Python is 3.9, and the project is for 3.13",
        "",
        "none of these fits: name another in `images.python` or `images.runtime`",
    ]


@pytest.mark.parametrize("today", [TODAY, date(2031, 1, 1)])
def test_no_line_of_the_real_tables_has_more_than_100_columns(today: date) -> None:
    assert [
        line for line in render(compare(None, today=today)).splitlines() if len(line) > 100
    ] == []


def test_the_document_has_what_was_measured() -> None:
    measured = Measured(size=1, unpacked=2, created="2026-01-01T00:00:00Z", packages=3)
    base = Base(**{**{name: getattr(OURS, name) for name in OURS.__slots__}, "measured": measured})

    document = json.loads(render_json(comparison(base, recommended=base)))

    assert document == {
        "version": 1,
        "as_of": "2026-11-22",
        "wants": ["Python 3.13"],
        "recommended": "boxwright distroless trixie",
        "reasons": ["no shell"],
        "bases": [
            {
                "name": "boxwright distroless trixie",
                "fits": True,
                "obstacles": [],
                "drawbacks": [],
                "merits": ["no shell"],
                "distribution": "debian:13",
                "libc": "glibc 2.41",
                "python": "3.13",
                "user": "65532",
                "shell": False,
                "size": 18991725,
                "size_is_rough": False,
                "unpacked": 2,
                "created": "2026-01-01T00:00:00Z",
                "packages": 3,
                "vulnerabilities": {"high": 1, "low": 12},
                "supported_until": "2028-08-09",
            }
        ],
    }
