"""What is known of Boxwright's own bases by a project's lock: their vulnerabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from boxwright.build.bill import debian_package, distribution_of
from boxwright.lock.model import Lock
from boxwright.scan.advisories.source import Advisories
from boxwright.scan.match import find_matches
from boxwright.scan.packages.package import Inventory
from boxwright.scan.vulnerability import Match


def base_vulnerabilities(
    lock: Lock, advisories: Advisories, *, now: datetime
) -> dict[str, Mapping[str, int]]:
    """
    Return how many vulnerabilities, by severity, the bases that *lock* names have.

    They are named as `boxwright base` names them. A base of which not all packages can be
    looked up is left out.
    """
    found: dict[str, Mapping[str, int]] = {}
    for part in lock.platforms:
        if part.image is not None:
            continue
        inventory = Inventory(
            packages=tuple(debian_package(deb) for deb in part.debs if deb.role == "base"),
            distribution=distribution_of(part.suite),
        )
        matches = find_matches(inventory, advisories, now=now)
        if inventory.packages and not matches.unchecked:
            name = f"boxwright {part.variant} {part.suite}"
            found.setdefault(name, count_by_severity(matches.matches))
    return found


def count_by_severity(matches: Iterable[Match]) -> dict[str, int]:
    """Return how many vulnerabilities *matches* have of each severity, those that count for none left out."""
    worst = {
        match.advisory.id: match.advisory.severity for match in matches if match.state == "affected"
    }
    return dict(Counter(worst.values()))
