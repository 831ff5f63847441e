"""A version is affected where the algorithm of the OSV schema says so."""

from __future__ import annotations

import msgspec
import pytest

from boxwright.scan.advisories.evaluate import Verdict, evaluate, normalised
from boxwright.scan.advisories.record import Affected
from boxwright.scan.versions.ordering import PYPI, SEMVER, ordering_of


def affected(*ranges: dict[str, object], versions: list[str] | None = None) -> Affected:
    return msgspec.convert({"ranges": list(ranges), "versions": versions}, Affected)


def ecosystem(*events: dict[str, str]) -> dict[str, object]:
    return {"type": "ECOSYSTEM", "events": list(events)}


def git(*events: dict[str, str]) -> dict[str, object]:
    return {"type": "GIT", "repo": "https://example.com/r", "events": list(events)}


UNFIXED = affected(ecosystem({"introduced": "0"}))
FIXED = affected(ecosystem({"introduced": "0"}, {"fixed": "1.0.2"}))
TWO = affected(
    ecosystem(
        {"introduced": "1.0.0"}, {"fixed": "1.0.2"}, {"introduced": "3.0.0"}, {"fixed": "3.2.5"}
    )
)
UNSORTED = affected(
    ecosystem(
        {"fixed": "3.2.5"}, {"introduced": "3.0.0"}, {"fixed": "1.0.2"}, {"introduced": "1.0.0"}
    )
)
LAST = affected(ecosystem({"introduced": "0"}, {"last_affected": "2.1.214"}))
AGAIN = affected(
    ecosystem({"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.0"}, {"fixed": "2.0"})
)
LIMITED = affected(ecosystem({"introduced": "1.0"}, {"limit": "2.0"}))
TWO_LIMITS = affected(ecosystem({"introduced": "1.0"}, {"limit": "1.5"}, {"limit": "2.0"}))
NO_LIMIT = affected(ecosystem({"introduced": "1.0"}, {"limit": "*"}))
LISTED = affected(versions=["1.0", "1.2"])
BOTH = affected(ecosystem({"introduced": "2.0"}, {"fixed": "3.0"}), versions=["1.0"])
GIT_FIRST = affected(
    git({"introduced": "0"}, {"fixed": "74ea7cf7"}),
    ecosystem({"introduced": "2.3.0"}, {"fixed": "2.31.0"}),
)
SEVERAL = affected(
    ecosystem({"introduced": "1.0"}, {"fixed": "1.1"}),
    ecosystem({"introduced": "2.0"}, {"fixed": "2.1"}),
)


@pytest.mark.parametrize(
    ("entry", "version", "evidence", "fixed"),
    [
        (UNFIXED, "0.0.1", "0.0.1 is in [0, …)", ()),
        (UNFIXED, "0.dev0", "0.dev0 is in [0, …)", ()),
        (FIXED, "1.0.1", "1.0.1 is in [0, 1.0.2)", ("1.0.2",)),
        (FIXED, "1.0.2rc1", "1.0.2rc1 is in [0, 1.0.2)", ("1.0.2",)),
        (FIXED, "1.0.2", "", ()),
        (FIXED, "1.0.10", "", ()),
        (TWO, "0.9", "", ("1.0.2", "3.2.5")),
        (TWO, "1.0.0", "1.0.0 is in [1.0.0, 1.0.2)", ("1.0.2", "3.2.5")),
        (TWO, "2.0", "", ("3.2.5",)),
        (TWO, "3.2.4", "3.2.4 is in [3.0.0, 3.2.5)", ("3.2.5",)),
        (TWO, "3.2.5", "", ()),
        (UNSORTED, "1.0.1", "1.0.1 is in [1.0.0, 1.0.2)", ("1.0.2", "3.2.5")),
        (UNSORTED, "2.0", "", ("3.2.5",)),
        (LAST, "2.1.214", "2.1.214 is in [0, 2.1.214]", ()),
        (LAST, "2.1.215", "", ()),
        (AGAIN, "1.0", "1.0 is in [1.0, 2.0)", ("2.0",)),
        (LIMITED, "1.9", "1.9 is in [1.0, …)", ()),
        (LIMITED, "2.0", "", ()),
        (TWO_LIMITS, "1.9", "1.9 is in [1.0, …)", ()),
        (NO_LIMIT, "99", "99 is in [1.0, …)", ()),
        (LISTED, "1.2", "1.2 is listed", ()),
        (LISTED, "1.2.0", "1.2.0 is listed", ()),
        (LISTED, "1.1", "", ()),
        (BOTH, "1.0", "1.0 is listed", ("3.0",)),
        (BOTH, "2.5", "2.5 is in [2.0, 3.0)", ("3.0",)),
        (BOTH, "1.5", "", ("3.0",)),
        (GIT_FIRST, "2.30.0", "2.30.0 is in [2.3.0, 2.31.0)", ("2.31.0",)),
        (GIT_FIRST, "2.31.0", "", ()),
        (SEVERAL, "2.0.5", "2.0.5 is in [2.0, 2.1)", ("2.1",)),
    ],
)
def test_ranges_and_lists(
    entry: Affected, version: str, evidence: str, fixed: tuple[str, ...]
) -> None:
    verdict = evaluate(normalised(entry, "PyPI"), version, PYPI)

    assert verdict == Verdict(affected=bool(evidence), evidence=evidence, fixed=fixed)


def test_a_semver_range_is_semver_in_any_ecosystem() -> None:
    entry = affected(
        {"type": "SEMVER", "events": [{"introduced": "1.0.0-rc.1"}, {"fixed": "1.0.0"}]}
    )

    assert evaluate(entry, "1.0.0-rc.2", SEMVER).affected
    assert evaluate(entry, "1.0.0-rc.2", None).affected
    assert not evaluate(entry, "1.0.0-beta", SEMVER).affected


@pytest.mark.parametrize(
    ("name", "version", "fixed", "is_affected"),
    [
        ("Debian:12", "3.0.11-1~deb12u2", "3.0.14-1~deb12u2", True),
        ("Debian:12", "3.0.14-1~deb12u2", "3.0.14-1~deb12u2", False),
        ("Debian:12", "1:1.2", "2.0", False),
        ("Alpine:v3.20", "3.3.1-r3", "3.3.2-r0", True),
        ("Alpine:v3.20", "3.3.2-r0", "3.3.2-r0", False),
        ("Alpine:v3.20", "3.3.2_rc1-r0", "3.3.2-r0", True),
        ("Rocky Linux:9", "0:1.14.1-9.el9", "0:1.14.1-10.el9", True),
        ("Rocky Linux:9", "1.14.1-10.el9", "0:1.14.1-10.el9", False),
    ],
)
def test_each_ecosystem_compares_in_its_own_way(
    name: str, version: str, fixed: str, *, is_affected: bool
) -> None:
    entry = affected(ecosystem({"introduced": "0"}, {"fixed": fixed}))

    assert evaluate(entry, version, ordering_of(name)).affected is is_affected


@pytest.mark.parametrize(
    ("entry", "undecided"),
    [
        (affected(git({"introduced": "0"})), "it names no versions, only commits"),
        (affected(), "it names none"),
        (
            affected({"type": "REVISIONS", "events": [{"introduced": "0"}]}),
            "ranges of the type `REVISIONS` cannot be compared",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_told(entry: Affected, undecided: str) -> None:
    assert evaluate(entry, "1.0", PYPI) == Verdict(affected=False, undecided=undecided)


def test_an_unknown_order_leaves_ranges_undecided_and_lists_valid() -> None:
    entry = affected(ecosystem({"introduced": "0"}), versions=["1.0"])

    assert evaluate(entry, "1.0", None) == Verdict(affected=True, evidence="1.0 is listed")
    assert evaluate(entry, "2.0", None) == Verdict(
        affected=False, undecided="how its versions are ordered is not known"
    )
