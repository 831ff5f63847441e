"""Sizes as people read them."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")


def human_size(size: float) -> str:
    """
    Return *size* bytes in decimal units, as `docker images` does.

    >>> human_size(999), human_size(186_142_693), human_size(14_800_000_000)
    ('999 B', '186.1 MB', '14.8 GB')
    """
    if size < 1000:
        return f"{size:.0f} B"
    unit = ""
    for unit in _UNITS:  # noqa: B007 (used after the loop)
        size /= 1000
        if size < 1000:
            break
    return f"{size:.1f} {unit}"
