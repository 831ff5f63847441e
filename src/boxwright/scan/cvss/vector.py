"""The metrics of a CVSS vector."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 1000


def metrics_of(
    vector: str, *, prefixes: tuple[str, ...], values: Mapping[str, str], mandatory: str
) -> dict[str, str]:
    """
    Return the metrics of *vector*, which begins with one of *prefixes*.

    *values* has the letters that each metric may have, divided by spaces, and *mandatory*
    the metrics that must be there. Raises ValueError where it is no such vector.

    >>> metrics_of("V:1/A:X/B:Y", prefixes=("V:1/",), values={"A": "X Y", "B": "Y"}, mandatory="A")
    {'A': 'X', 'B': 'Y'}
    """
    text = vector.strip()
    if len(text) > _LONGEST:
        raise ValueError(f"a vector has no {len(text)} characters")
    prefix = next((prefix for prefix in prefixes if text.startswith(prefix)), None)
    if prefix is None:
        raise ValueError(f"`{text}` does not begin with `{prefixes[0]}`")
    metrics: dict[str, str] = {}
    for part in text[len(prefix) :].rstrip("/").split("/"):
        name, colon, value = part.partition(":")
        if not colon or name not in values or value not in values[name].split():
            raise ValueError(f"`{part}` is no metric of this version")
        if name in metrics:
            raise ValueError(f"`{name}` is there twice")
        metrics[name] = value
    missing = [name for name in mandatory.split() if name not in metrics]
    if missing:
        raise ValueError(f"`{missing[0]}` is missing")
    return metrics
