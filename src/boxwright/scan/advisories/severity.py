"""How severe a vulnerability is, out of everything that records say of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from boxwright.scan.advisories.record import Severity
from boxwright.scan.cvss import v2, v3, v4

_SCORED = (("CVSS_V4", v4.score), ("CVSS_V3", v3.base_score), ("CVSS_V2", v2.base_score))
"""The newest version first."""
_WORDS = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "medium": "medium",
    "moderate": "medium",
    "low": "low",
    "negligible": "low",
    "none": "none",
}


def severity_of(
    severities: Iterable[Severity], words: Iterable[object]
) -> tuple[str, float | None, str]:
    """
    Return severity, score and vector.

    The newest version of CVSS that has a valid vector decides, of several vectors the one
    with the highest score; without any, the first of *words* (Ubuntu's priority, Debian's
    urgency, GitHub's word) that means something.

    >>> severity_of([Severity("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")], [])
    ('critical', 9.8, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')
    >>> severity_of([], ["not yet assigned", "MODERATE"])
    ('medium', None, '')
    """
    given = list(severities)
    for kind, score in _SCORED:
        scored = []
        for severity in given:
            if severity.type == kind:
                try:
                    scored.append((_score(score, severity.score), severity.score.strip()))
                except ValueError:
                    # A vector that is none says nothing; another record may have a right one.
                    continue
        if scored:
            best, vector = max(scored)
            return rating(best), best, vector
    own = [severity.score for severity in given if severity.type == "Ubuntu"]
    for word in [*own, *words]:
        if isinstance(word, str) and word.strip().lower() in _WORDS:
            return _WORDS[word.strip().lower()], None, ""
    return "unknown", None, ""


@functools.lru_cache(maxsize=1 << 12)
def _score(score: Callable[[str], float], vector: str) -> float:
    return score(vector)


def rating(score: float) -> str:
    """
    Return the word for *score* (CVSS 3.1, section 5; CVSS 4.0, section 6).

    >>> [rating(score) for score in (0.0, 3.9, 4.0, 7.0, 9.0)]
    ['none', 'low', 'medium', 'high', 'critical']
    """
    if score >= 9:
        return "critical"
    if score >= 7:
        return "high"
    if score >= 4:
        return "medium"
    return "low" if score > 0 else "none"
