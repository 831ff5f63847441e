"""Where a fact was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A file of the project, relative to its root, and a line where one is to blame."""

    path: str
    line: int | None = None
    says: str = ""
    """What stands there, in a few words."""

    def __str__(self) -> str:
        """Return `path:line`."""
        return self.path if self.line is None else f"{self.path}:{self.line}"
