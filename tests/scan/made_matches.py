"""Matches that tests of what comes after matching begin with."""

from __future__ import annotations

from boxwright.scan.packages.package import Package
from boxwright.scan.vulnerability import Advisory, Match


def match(
    name: str = "requests",
    version: str = "2.30.0",
    cve: str = "CVE-2023-32681",
    *,
    kind: str = "pypi",
    aliases: tuple[str, ...] = (),
    fixed: tuple[str, ...] = (),
    source: str = "",
    path: str = "",
    ecosystem: str = "PyPI",
    layer: int | None = None,
    vendored_in: str = "",
    state: str = "affected",
) -> Match:
    """Return a match of a package that needs no database."""
    return Match(
        package=Package(
            type=kind,
            name=name,
            version=version,
            path=path or f"db/{name}",
            source=source,
            vendored_in=vendored_in,
        ),
        advisory=Advisory(id=cve, aliases=aliases, severity="high", score=7.5),
        record=cve,
        ecosystem=ecosystem,
        evidence="it is made up",
        fixed=fixed,
        layer=layer,
        state=state,
    )
