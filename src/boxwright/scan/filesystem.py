"""Layers → the files that a container sees, and those that ship although it does not see them."""

from __future__ import annotations

from typing import NamedTuple

from boxwright.scan.layer_index import Member


class Live(NamedTuple):
    """A member of the final filesystem."""

    member: Member
    layer: int
    """Which layer it is from, counted from 0."""


class Gone(NamedTuple):
    """A member that ships in a layer but that no container sees."""

    member: Member
    layer: int
    """Which layer it is in."""
    removed_by: int
    """Which layer hides it; the same layer where it holds two entries for the path."""
    how: str
    """
    `deleted` (a whiteout, of it or of a folder above it), `replaced` (other content at the path),
    `rewritten` (the same content again, with another owner, mode or time), `repeated` (twice in
    one layer).
    """
