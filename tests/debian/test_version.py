"""Debian versions sort as dpkg sorts them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.debian.version import satisfies, version_key

_PART = st.text(alphabet="0019a~+.", max_size=6)
VERSIONS = st.builds(
    lambda epoch, upstream, revision: f"{epoch}1{upstream}{revision}",
    st.sampled_from(["", "0:", "1:"]),
    _PART,
    st.one_of(st.just(""), _PART.map(lambda part: f"-0{part}")),
)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0-1"),
        ("1.0-1", "1.0-1+b1"),
        ("9", "10"),
        ("2.36-9+deb12u9", "2.36-9+deb12u14"),
        ("99", "1:0"),
        ("1.0a", "1.0+"),
        ("1.2.13.dfsg-1", "1.3"),
    ],
)
def test_order(lower: str, higher: str) -> None:
    assert version_key(lower) < version_key(higher)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.0-0"), ("0:1", "1"), ("1.00", "1.0"), ("1a", "1a0")]
)
def test_equal_versions(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_order_is_total(a: str, b: str, c: str) -> None:
    low, middle, high = sorted((a, b, c), key=version_key)

    assert version_key(low) <= version_key(middle) <= version_key(high)
    assert satisfies(low, "<=", high)


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("dpkg") is None, reason="no dpkg")
@settings(max_examples=150, deadline=None)
@given(VERSIONS, VERSIONS, st.sampled_from(["<<", "<=", "=", ">=", ">>"]))
def test_dpkg_agrees(one: str, other: str, operator: str) -> None:
    names = {"<<": "lt", "<=": "le", "=": "eq", ">=": "ge", ">>": "gt"}
    done = subprocess.run(
        ["dpkg", "--compare-versions", one, names[operator], other],
        check=False,
        stderr=subprocess.DEVNULL,
    )

    assert satisfies(one, operator, other) == (done.returncode == 0)
