"""Patterns of COPY and ADD."""

from __future__ import annotations

import pytest

from boxwright.syntax.go_match import matches_name


# From the tests of Go's path/filepath.
@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("abc", "abc", True),
        ("*", "abc", True),
        ("*c", "abc", True),
        ("a*", "a", True),
        ("a*b*c*d*e*", "axbxcxdxe", True),
        ("a*b?c*x", "abxbbxdbxebxczzx", True),
        ("a*b?c*x", "abxbbxdbxebxczzy", False),
        ("ab[c]", "abc", True),
        ("ab[b-d]", "abc", True),
        ("ab[e-g]", "abc", False),
        ("ab[^c]", "abc", False),
        ("ab[^e-g]", "abc", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "ab", False),
        ("a?b", "a☺b", True),
        ("a[^a]b", "a☺b", True),
        ("[a-ζ]*", "β", True),
        ("*[a-ζ]", "A", False),
        ("[\\]a]", "]", True),
        ("[\\-x]", "-", True),
        ("[x\\-]", "z", False),
        ("[", "a", False),
        ("[^", "a", False),
        ("[^bc", "a", False),
        ("a[", "ab", False),
        ("\\", "a", False),
        ("*x", "xxx", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_name_matches_as_in_go(pattern: str, name: str, expected: bool) -> None:
    assert matches_name(pattern, name) is expected


def test_many_stars_take_no_more_time_than_the_lengths_multiplied() -> None:
    assert not matches_name("*a" * 2000 + "b", "a" * 4000)
