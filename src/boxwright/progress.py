"""What long work tells the person who waits."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """
    Where long work reports to; the command line draws it, a library user may ignore it.

    A *task* is one piece of work with a name that stays the same from start to finish.
    All methods may be called from several threads.
    """

    def start(self, task: str, total: int | None = None) -> None:
        """Begin *task*; *total* is its size in bytes, where that is known."""

    def advance(self, task: str, amount: int) -> None:
        """*amount* more bytes of *task* are done."""

    def finish(self, task: str, outcome: str = "") -> None:
        """*task* is done; *outcome* says how in a few words ("reused", "18.2 MB")."""

    def note(self, text: str) -> None:
        """Tell something that the user should know but need not act on."""


class Silent:
    """Reports to nobody."""

    def start(self, task: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, task: str, amount: int) -> None:
        """Do nothing."""

    def finish(self, task: str, outcome: str = "") -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""


class Labelled:
    """Reports to *progress*; tasks that several pieces of work have begin with their *label*."""

    def __init__(self, progress: Progress, label: str) -> None:
        self._progress = progress
        self._label = label

    def start(self, task: str, total: int | None = None) -> None:
        """Begin *task*."""
        self._progress.start(f"{self._label} {task}", total)

    def advance(self, task: str, amount: int) -> None:
        """*amount* more bytes of *task* are done."""
        self._progress.advance(f"{self._label} {task}", amount)

    def finish(self, task: str, outcome: str = "") -> None:
        """*task* is done."""
        self._progress.finish(f"{self._label} {task}", outcome)

    def note(self, text: str) -> None:
        """Tell something that the user should know but need not act on."""
        self._progress.note(text)
