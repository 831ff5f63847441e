"""What the command line shows of long work, on standard error."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import click

from boxwright.report.findings_printable import printable, printable_lines
from boxwright.report.size import human_size

if TYPE_CHECKING:
    from boxwright.progress import Progress


def open_progress(*, quiet: bool) -> Console:
    """Return a console: bars on a terminal, a line for each finished task elsewhere."""
    return Console(quiet=quiet, terminal=sys.stderr.isatty())


def has_colour(asked: bool | None = None) -> bool:
    """Return whether standard output is to have colours: as *asked*, else as the terminal has."""
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def width() -> int:
    """Return how many columns standard output has: 80 where it is no terminal."""
    if not sys.stdout.isatty():
        return 80
    import shutil

    return min(max(shutil.get_terminal_size().columns, 40), 120)


class Console:
    """
    Tells on standard error what is done; a context manager, so that bars are always ended.

    Bars are drawn by rich, which is imported when the first piece of real work
    advances: a build that reuses everything never pays for it.
    """

    def __init__(self, *, quiet: bool, terminal: bool) -> None:
        self._quiet = quiet
        self._terminal = terminal
        self._lock = threading.RLock()
        self._totals: dict[str, int | None] = {}
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._bars is not None:
                self._bars.stop()
                self._bars = None

    def start(self, task: str, total: int | None = None) -> None:
        """Begin *task*."""
        with self._lock:
            self._totals[task] = total
            if total is None and self._terminal and not self._quiet:
                self._bar(task)

    def advance(self, task: str, amount: int) -> None:
        """*amount* more bytes of *task* are done."""
        if not self._terminal or self._quiet:
            return
        with self._lock:
            self._bars_of_rich().advance(self._bar(task), amount)

    def finish(self, task: str, outcome: str = "") -> None:
        """*task* is done."""
        with self._lock:
            self._totals.pop(task, None)
            bar = self._tasks.pop(task, None)
            if bar is not None and self._bars is not None:
                self._bars.remove_task(bar)
            if outcome and not self._quiet:
                self._print(f"{task}: {outcome}")

    def note(self, text: str) -> None:
        """Tell something that the user should know; shown even when quiet."""
        with self._lock:
            self._print(f"note: {text}")

    def _print(self, text: str) -> None:
        text = printable_lines(text)
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=True)

    def _bar(self, task: str) -> Any:  # noqa: ANN401 (rich's TaskID)
        if task not in self._tasks:
            total = self._totals.get(task)
            size = human_size(total) if total else ""
            self._tasks[task] = self._bars_of_rich().add_task(
                printable(task), total=total, size=size
            )
        return self._tasks[task]

    def _bars_of_rich(self) -> Any:  # noqa: ANN401 (imported lazily)
        if self._bars is None:
            from rich.console import Console as RichConsole
            from rich.progress import (
                BarColumn,
                Progress,
                SpinnerColumn,
                TextColumn,
                TimeElapsedColumn,
            )

            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[size]}", markup=False),
                TimeElapsedColumn(),
                console=RichConsole(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self._bars
