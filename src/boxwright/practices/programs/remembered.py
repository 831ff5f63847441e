"""Reading a command once, however many rules ask what it does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

Reading = TypeVar("Reading")


def remembered(read: Callable[[Command], Reading]) -> Callable[[Command], Reading]:
    """Return *read* so that it reads each command once; what it returns must be frozen."""

    @functools.wraps(read)
    def reader(command: Command) -> Reading:
        # This is called for every command by dozens of rules, so every step counts.
        try:
            known: Reading = command.readings[read]
        except KeyError:
            known = command.readings[read] = read(command)
        return known

    return reader
