"""Versions are ordered as their ecosystems order them."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from boxwright.scan.versions import alpine, debian, generic, pypi, rpm, semver
from boxwright.scan.versions.ordering import ordering_of, ordering_of_type

ORDERED = tomllib.loads(Path(__file__).with_name("ordered.toml").read_text("utf-8"))
KEYS: dict[str, Callable[[str], Any]] = {
    "alpine": alpine.key,
    "debian": debian.key,
    "generic": generic.key,
    "pypi": pypi.key,
    "rpm": rpm.key,
    "semver": semver.key,
}

every_ordering = pytest.mark.parametrize("name", sorted(KEYS))


@pytest.mark.parametrize("name", sorted(ORDERED))
def test_versions_are_in_the_order_of_their_documentation(name: str) -> None:
    key = KEYS[name]

    wrong = [
        f"{low} < {high}"
        for chain in ORDERED[name]["chains"]
        for low, high in itertools.combinations(chain, 2)
        if not (key(low) < key(high) and key(high) > key(low) and key(low) != key(high))
    ]
    wrong += [f"{a} = {b}" for a, b in ORDERED[name]["equal"] if key(a) != key(b)]

    assert wrong == []


@every_ordering
@hypothesis.given(
    versions=strategies.lists(strategies.text("0123ab.-_~^+:!rv é\n"), min_size=3, max_size=3)
)
def test_any_text_has_its_place(name: str, versions: list[str]) -> None:
    keys = [KEYS[name](version) for version in versions]

    for a, b in itertools.combinations(keys, 2):
        assert (a < b) + (a == b) + (b < a) == 1
    low, middle, high = sorted(keys)
    assert low <= middle <= high
    assert low <= high


@every_ordering
@pytest.mark.parametrize(
    "version",
    ["9" * 50_000, "1." * 20_000, "a" * 50_000, "9" * 5000 + ":1", "1~" * 20_000, "1-" * 20_000],
    ids=["digits", "parts", "letters", "epoch", "tildes", "dashes"],
)
def test_a_hostile_version_takes_no_time(name: str, version: str) -> None:
    key = KEYS[name](version)

    assert not key < KEYS[name](version)


def test_a_version_that_breaks_the_form_of_apk_does_not_pass_for_another() -> None:
    assert alpine.key("1.0.x1-r0") < alpine.key("1.0.x2-r0")
    assert alpine.key("5.7.3p1-r1") < alpine.key("5.7.3p2-r0")


def test_the_local_part_is_no_concern_of_advisories() -> None:
    assert pypi.public("2.5.1+cu121") == "2.5.1"
    assert pypi.public("1.0.post1") == "1.0.post1"


@hypothesis.given(
    left=strategies.from_regex(
        r"v?[0-2](\.[0-2]){0,3}(a|b|rc)?[01]?(\.post1)?(\.dev0)?", fullmatch=True
    ),
    right=strategies.from_regex(
        r"v?[0-2](\.[0-2]){0,3}(a|b|rc)?[01]?(\.post1)?(\.dev0)?", fullmatch=True
    ),
)
def test_equal_versions_share_one_spelling(left: str, right: str) -> None:
    from packaging.version import Version

    assert (pypi.normal(left) == pypi.normal(right)) == (Version(left) == Version(right))


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("PyPI", "pypi"),
        ("Debian:12", "debian"),
        ("Ubuntu:22.04:LTS", "debian"),
        ("Alpine:v3.20", "alpine"),
        ("Wolfi", "alpine"),
        ("Red Hat:enterprise_linux:9::baseos", "rpm"),
        ("openSUSE:Leap 15.6", "rpm"),
        ("npm", "semver"),
        ("Bitnami", "semver"),
    ],
)
def test_each_ecosystem_has_its_order(ecosystem: str, name: str) -> None:
    ordering = ordering_of(ecosystem)

    assert ordering is not None
    assert ordering.name == name


def test_an_ecosystem_that_is_not_known_has_none() -> None:
    assert ordering_of("Hackage") is None
    assert ordering_of_type("generic").name == "generic"


def test_versions_of_nobody_are_ordered_as_people_would() -> None:
    versions = ["2.0", "1.0.2u", "1.0.2", "1.0-rc2", "1.10", "1.9", "1.0-alpha", "1.0", "1.0-beta"]

    assert sorted(versions, key=KEYS["generic"]) == [
        "1.0-alpha",
        "1.0-beta",
        "1.0-rc2",
        "1.0",
        "1.0.2",
        "1.0.2u",
        "1.9",
        "1.10",
        "2.0",
    ]
