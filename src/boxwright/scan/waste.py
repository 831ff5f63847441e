"""Bytes that an image ships for nothing, each cause with what it would save and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Bytes with one cause."""

    practice: str
    """The rule of `boxwright check` that is about it: `deleted-in-image`."""
    title: str
    """What they are: `files that layer 6 deletes`."""
    size: int
    """Bytes of content that would not be there."""
    layer: int | None
    """Which layer has them; None where several have."""
    paths: tuple[tuple[str, int], ...]
    """The largest of them with their sizes, at most 50: files, or folders for all in them."""
    count: int
    """How many files there are of it."""
    advice: str
    """What saves it, as an order."""
    certain: bool = True
    """Whether no container can need them; caches and tests are only likely not to be needed."""
