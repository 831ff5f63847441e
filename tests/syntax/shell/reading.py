"""Scripts read for tests."""

from __future__ import annotations

from boxwright.syntax.shell.command import Command, Script
from boxwright.syntax.shell.parse import parse_script
from boxwright.text.joined import Joined


def read(text: str) -> Script:
    """Return the script *text*."""
    return parse_script(Joined.of([(text, 0)]))


def values(command: Command) -> list[str]:
    """Return the words of *command* without quotes."""
    return [word.value for word in command.words]


def lines(text: str) -> list[str]:
    """Return the commands of *text*: what is before each, its words, and marks for where it is."""
    shown = []
    for command in read(text).commands:
        marks = [
            mark
            for mark, is_so in (
                ("conditional", command.conditional),
                ("function", command.in_function),
                ("substitution", command.in_substitution),
            )
            if is_so
        ]
        if command.outer:
            marks.append(f"in {command.outer.number}")
        before = command.connector.replace("\n", "\\n")
        where = f"  ({', '.join(marks)})" if marks else ""
        shown.append(f"{before:2} {' '.join(values(command))}{where}".strip())
    return shown
