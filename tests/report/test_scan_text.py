"""A scan as people read it: by package, what counts first, and never too much."""

from __future__ import annotations

from dataclasses import replace

from tests.scan.images import image, layer
from tests.scan.made_matches import match

from boxwright.report.scan_text import render
from boxwright.scan.contents import Contents
from boxwright.scan.match import Matches, Unchecked, Undecided
from boxwright.scan.vulnerability import Match

NOTHING = Contents(image(layer()))


def told(
    *found: Match, counting: tuple[Match, ...] = (), level: str = "high", **more: object
) -> list[str]:
    matches = Matches(matches=found, checked=3, **more)  # type: ignore[arg-type]
    return render(NOTHING, matches, counting, level=level).splitlines()


def rated(found: Match, severity: str, score: float | None = None, summary: str = "") -> Match:
    advisory = replace(found.advisory, severity=severity, score=score, summary=summary)
    return replace(found, advisory=advisory)


def test_packages_of_one_source_are_told_of_together() -> None:
    libssl = match("libssl3", "3.0.1", kind="deb", source="openssl", fixed=("3.0.2",))
    openssl = match("openssl", "3.0.1", kind="deb", fixed=("3.0.2",))

    assert told(libssl, openssl, counting=(libssl, openssl)) == [
        "libssl3, openssl 3.0.1 (deb)",
        "  high 7.5  CVE-2023-32681  fixed in 3.0.2",
        "",
        "0 packages, 3 looked up",
        "1 known vulnerability: 1 high; 1 counts (high or worse)",
    ]


def test_what_counts_comes_first_and_the_rest_in_short() -> None:
    many = tuple(rated(match(cve=f"CVE-2025-{at}"), "low", 2.0) for at in range(1001, 1009))
    bad = rated(
        match("torch", cve="CVE-2025-1", fixed=("2",), layer=3), "critical", 9.8, "Bad\x1b[0m."
    )
    bad = replace(bad, advice="update it")

    assert told(*many, bad, counting=(bad,)) == [
        "torch 2.30.0 (pypi, layer 3)",
        "  critical 9.8  CVE-2025-1  fixed in 2",
        "      Bad\ufffd[0m.",
        "    -> update it",
        "",
        "requests 2.30.0 (pypi)",
        *(f"  . low 2.0  CVE-2025-{at}  no fix yet" for at in range(1001, 1006)),
        "  . and 3 more: 3 low",
        "",
        "0 packages, 3 looked up",
        "9 known vulnerabilities: 1 critical, 8 low; 1 counts (high or worse)",
    ]


def test_a_copy_in_another_package_says_where_it_is() -> None:
    copy = match("idna", "3.6", vendored_in="pip", path="usr/lib/pip/_vendor/idna")

    assert told(copy)[:2] == [
        "idna 3.6 (pypi)",
        "    a copy in pip, `/usr/lib/pip/_vendor/idna`",
    ]


def test_who_said_that_it_does_not_count_is_told() -> None:
    settled = replace(
        match(), state="not_affected", reason="vulnerable code not present (vex.json)"
    )

    assert told(settled) == [
        "said not to count:",
        "  CVE-2023-32681 of requests: not affected, vulnerable code not present (vex.json)",
        "",
        "0 packages, 3 looked up",
        "no known vulnerability",
    ]


def test_what_was_not_looked_at_is_told() -> None:
    package = match().package
    lines = told(
        unchecked=(Unchecked(what="PyPI", packages=1, reason="there are no advisories"),),
        undecided=(Undecided(package=package, record="GHSA-1", reason="its range is odd"),),
    )

    assert lines == [
        "not checked: 1 package of PyPI: there are no advisories",
        "not decided: GHSA-1 of requests: its range is odd",
        "0 packages, 3 looked up",
        "no known vulnerability",
    ]


def test_a_layer_that_could_not_be_read_is_told() -> None:
    contents = Contents(image(layer(problem="it is cut short")))

    assert render(contents, Matches(), (), level="none").splitlines() == [
        "not read: layer 0: it is cut short",
        "0 packages, 0 looked up",
        "nothing is known",
    ]


def test_no_line_is_wider_than_100_columns() -> None:
    wide = rated(match(fixed=("1" * 40,)), "high", 7.5, "word " * 100)
    wide = replace(wide, advice="do " + "this and that " * 30)
    settled = replace(match(cve="CVE-1"), state="ignored", reason="because " * 40)

    assert [line for line in told(wide, settled, counting=(wide,)) if len(line) > 100] == []
