"""What looking at a machine came to: one result for each thing that was looked at."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """Whether something will do."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not well, or not always."""
    FAILURE = "failure"
    """Something that is wanted will not work."""
    UNKNOWN = "unknown"
    """It could not be seen from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is to be said of one thing."""

    area: str
    """What it belongs to: `engine`, `room`, `limits`, `registry`, `gpu`, `project`, …"""
    what: str
    verdict: Verdict
    evidence: str
    """What was seen, in clauses."""
    hint: str = ""
    """What to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All results, in the order in which they were looked at."""

    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst that there is; what could not be seen is no failure."""
        found = {result.verdict for result in self.results}
        for verdict in (Verdict.FAILURE, Verdict.WARNING):
            if verdict in found:
                return verdict
        return Verdict.OK

    def count(self, verdict: Verdict) -> int:
        """Return how many results there are with *verdict*."""
        return sum(1 for result in self.results if result.verdict is verdict)


@dataclass(frozen=True, slots=True)
class Area:
    """Makes results that belong to the same *name*."""

    name: str

    def ok(self, what: str, evidence: str, hint: str = "") -> Result:
        """Return that *what* will do."""
        return self._made(what, Verdict.OK, evidence, hint)

    def warning(self, what: str, evidence: str, hint: str) -> Result:
        """Return that *what* will not do well."""
        return self._made(what, Verdict.WARNING, evidence, hint)

    def failure(self, what: str, evidence: str, hint: str) -> Result:
        """Return that *what* will not do."""
        return self._made(what, Verdict.FAILURE, evidence, hint)

    def unknown(self, what: str, evidence: str, hint: str = "") -> Result:
        """Return that *what* cannot be seen from here."""
        return self._made(what, Verdict.UNKNOWN, evidence, hint)

    def _made(self, what: str, verdict: Verdict, evidence: str, hint: str) -> Result:
        return Result(area=self.name, what=what, verdict=verdict, evidence=evidence, hint=hint)


def listing(names: Iterable[str]) -> str:
    """
    Return *names* as a clause has them.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    found = list(names)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
