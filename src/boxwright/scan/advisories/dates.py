"""How old advisories are."""

from __future__ import annotations

from datetime import UTC, datetime


def days_since(timestamp: str, now: datetime) -> float:
    """
    Return how many days *timestamp* is before *now*; infinite where it is no date.

    >>> days_since("2026-01-01T00:00:00.5Z", datetime(2026, 1, 8, 12, tzinfo=UTC)) // 1
    7.0
    """
    try:
        then = datetime.fromisoformat(timestamp)
    except ValueError:
        return float("inf")
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return (now - then).total_seconds() / 86400
