"""Commands of scripts, as rules get them."""

from __future__ import annotations

from boxwright.syntax.shell.command import Command
from boxwright.syntax.shell.parse import parse_script
from boxwright.text.joined import Joined


def commands(script: str) -> tuple[Command, ...]:
    """Return the commands of *script*."""
    return parse_script(Joined.of([(script, 0)])).commands


def command(script: str) -> Command:
    """Return the first command of *script*."""
    return commands(script)[0]
