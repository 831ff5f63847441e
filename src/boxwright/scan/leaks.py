"""Credentials in an image: in files of any layer, in its configuration, in its history."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A credential that whoever has the image can read."""

    kind: str
    """With its article: `a private key`."""
    redacted: str
    """What may be shown of it."""
    place: str
    """`file`, `environment`, `label`, `history`, `command` or `annotation`."""
    name: str
    """The file's path, the variable, the label; empty for a command or the history."""
    line: int = 0
    """In the file, from 1; 0 where there are no lines."""
    layer: int | None = None
    """Which layer has it; None outside of layers."""
    step: int | None = None
    """Which entry of the history brought it in; None where that is not known."""
    state: str = "live"
    """`live`, or `deleted` or `replaced` by a later layer, in which case it still ships."""
    removed_by: int | None = None
    """Which layer hides it."""
    removing_step: int | None = None
    """Which entry of the history hides it."""
    certain: bool = True
    """Whether its form says what it is; otherwise only the words around it do."""
