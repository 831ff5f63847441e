"""Where advisories come from: a database of this machine, or a service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from boxwright.scan.advisories.ecosystem import Target
from boxwright.scan.advisories.record import Affected, Record


class Row(NamedTuple):
    """An entry of a record that names a package."""

    head: Record
    """The record, without its entries."""
    affected: Affected


class Advisories(Protocol):
    """What can be asked for advisories."""

    def why_not(self, ecosystem: str, release: str) -> str:
        """
        Return why packages of *ecosystem* cannot be looked up, in a clause; empty if they can.

        *ecosystem* is without its release; *release* is as `release_of` gives it.
        """

    def rows(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Row]]:
        """Yield entries that name *targets*; whether they have its version is not yet known."""

    def dates(self) -> tuple[tuple[str, str], ...]:
        """Return the ecosystems that were asked for, each with the date of its data, RFC 3339."""
