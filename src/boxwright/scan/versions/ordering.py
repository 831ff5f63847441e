"""Which ordering the versions of an ecosystem have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boxwright.scan.versions import alpine, debian, generic, pypi, rpm, semver


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """How versions are compared."""

    name: str
    key: Callable[[str], Any]
    """Version → what sorts as it does; for any text, and never an exception."""
    normal: Callable[[str], str] = str
    """Version → the one spelling that all equal ones share, as far as that is told."""
    public: Callable[[str], str] = str
    """Version → what of it advisories speak about."""


PYPI = Ordering(name="pypi", key=pypi.key, normal=pypi.normal, public=pypi.public)
DEBIAN = Ordering(name="debian", key=debian.key)
ALPINE = Ordering(name="alpine", key=alpine.key)
RPM = Ordering(name="rpm", key=rpm.key)
SEMVER = Ordering(name="semver", key=semver.key)
GENERIC = Ordering(name="generic", key=generic.key)

_ECOSYSTEMS = {
    PYPI: ("PyPI",),
    DEBIAN: ("Debian", "Ubuntu", "Echo"),
    ALPINE: ("Alpine", "Alpaquita", "BellSoft Hardened Containers", "Chainguard", "MinimOS", "Wolfi"),
    RPM: (
        "AlmaLinux",
        "Azure Linux",
        "Mageia",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
        "openEuler",
        "openSUSE",
    ),
    # Bitnami's own versions are semantic ones, CPython's releases among them.
    SEMVER: ("Bitnami", "Go", "crates.io", "npm"),
}  # fmt: skip
_BY_ECOSYSTEM = {name: order for order, names in _ECOSYSTEMS.items() for name in names}

_BY_TYPE = {
    "pypi": PYPI,
    "conda": PYPI,
    "deb": DEBIAN,
    "apk": ALPINE,
    "rpm": RPM,
    "npm": SEMVER,
    "golang": SEMVER,
    "cargo": SEMVER,
}


def ordering_of(ecosystem: str) -> Ordering | None:
    """
    Return how *ecosystem*, with or without a release, orders versions; None if nobody knows.

    >>> ordering_of("Debian:12").name
    'debian'
    """
    return _BY_ECOSYSTEM.get(ecosystem.partition(":")[0])


def ordering_of_type(purl_type: str) -> Ordering:
    """Return how packages of *purl_type* (`deb`, `pypi`) order versions."""
    return _BY_TYPE.get(purl_type, GENERIC)
