"""Advice is one order, the shortest that mends."""

from __future__ import annotations

import pytest
from tests.scan.made_matches import match

from boxwright.scan.advice import ProjectLock, with_advice
from boxwright.scan.packages.package import Distribution
from boxwright.scan.vulnerability import Match

DEBIAN = Distribution(id="debian", version_id="12")
FIXABLE = match(fixed=("2.31.0", "2.32.0"))


def advice(
    of: Match,
    *,
    lock: ProjectLock | None = None,
    distribution: Distribution | None = DEBIAN,
    in_base: frozenset[int] = frozenset(),
) -> str:
    [advised] = with_advice([of], distribution=distribution, lock=lock, in_base=in_base)
    return advised.advice


@pytest.mark.parametrize(
    ("kind", "path", "order"),
    [
        ("uv.lock", "uv.lock", "`uv lock --upgrade-package requests==2.31.0`"),
        ("poetry.lock", "poetry.lock", "`poetry update requests`"),
        ("pdm.lock", "pdm.lock", "`pdm update --update-reuse requests`"),
        ("Pipfile.lock", "Pipfile.lock", "`pipenv upgrade requests==2.31.0`"),
        (
            "requirements",
            "requirements/prod.txt",
            "write `requests==2.31.0`, with its hashes if the file has any",
        ),
        ("pyproject", "pyproject.toml", "write 'requests>=2.31.0' among the requirements"),
    ],
)
def test_a_lock_is_bumped_by_one_line(kind: str, path: str, order: str) -> None:
    lock = ProjectLock(kind=kind, path=path, locked={"requests": "2.30.0"})

    assert advice(FIXABLE, lock=lock) == f"set `requests` to 2.31.0 in `{path}`: {order}"


def test_the_lowest_version_that_the_project_allows_is_taken() -> None:
    lock = ProjectLock(
        kind="uv.lock", path="uv.lock", locked={"requests": "2.30.0"}, asked={"requests": ">=2.32"}
    )

    assert advice(FIXABLE, lock=lock) == (
        "set `requests` to 2.32.0 in `uv.lock`: `uv lock --upgrade-package requests==2.32.0`"
    )


def test_a_limit_that_keeps_the_mended_version_away_is_named() -> None:
    lock = ProjectLock(
        kind="uv.lock", path="uv.lock", locked={"requests": "2.30.0"}, asked={"requests": "<2.31"}
    )

    assert advice(FIXABLE, lock=lock) == (
        "allow `requests` 2.31.0: `requests<2.31` keeps it away; then"
        " `uv lock --upgrade-package requests==2.31.0`"
    )


def test_one_bump_for_all_is_told() -> None:
    lock = ProjectLock(kind="uv.lock", path="uv.lock", locked={"requests": "2.30.0"})
    other = match(cve="CVE-2024-35195", fixed=("2.32.0",))

    first, second = with_advice([match(fixed=("2.31.0",)), other], lock=lock)

    assert first.advice == (
        "set `requests` to 2.31.0 in `uv.lock` (2.32.0 mends all that is known of it):"
        " `uv lock --upgrade-package requests==2.31.0`"
    )
    assert second.advice == (
        "set `requests` to 2.32.0 in `uv.lock`: `uv lock --upgrade-package requests==2.32.0`"
    )


def test_what_the_lock_does_not_have_came_from_elsewhere() -> None:
    lock = ProjectLock(kind="uv.lock", path="uv.lock", locked={"flask": "3.0"})
    pip = match("pip", "23.0", fixed=("23.3",), layer=0)

    assert advice(pip, lock=lock) == "install `pip` 23.3 or later: `pip install 'pip>=23.3'`"
    assert advice(pip, lock=lock, in_base=frozenset({0})) == (
        "take a newer base image: it brings `pip`, and 23.3 mends it"
    )


def test_packages_of_the_distribution_need_a_newer_base() -> None:
    openssl = match(
        "libssl3",
        "3.0.11-1",
        kind="deb",
        source="openssl",
        fixed=("3.0.14-1~deb12u2",),
        ecosystem="Debian:12",
    )

    assert advice(openssl) == ("rebuild on a newer base: Debian 12 has `openssl` 3.0.14-1~deb12u2")
    assert advice(openssl, distribution=None) == (
        "rebuild on a newer base: Debian 12 has `openssl` 3.0.14-1~deb12u2"
    )


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (match(), "there is no version that mends it yet"),
        (
            match("zlib1g", "1", kind="deb", ecosystem="Debian:12"),
            "there is no version that mends it in Debian 12",
        ),
        (
            match("jaraco.context", "5.3", fixed=("6.1",), vendored_in="setuptools"),
            "update `setuptools`, which has its own copy of `jaraco.context`: 6.1 mends it",
        ),
        (
            match("python", "3.10.11", kind="generic", fixed=("3.9.17", "3.10.12")),
            "take an image with Python 3.10.12, or build it with that version",
        ),
        (
            match("numpy", "1.0", kind="conda", fixed=("1.22",)),
            "set `numpy` to 1.22 or later: `conda install 'numpy>=1.22'`",
        ),
        (
            match("lodash", "4.0", kind="npm", fixed=("4.17.21",)),
            "update `lodash` to 4.17.21 or later",
        ),
        (
            match("a", "1", fixed=("2004d-broken",)),
            "install `a` 2004d-broken or later: `pip install 'a>=2004d-broken'`",
        ),
    ],
)
def test_what_else_there_is_to_do(of: Match, said: str) -> None:
    assert advice(of) == said
