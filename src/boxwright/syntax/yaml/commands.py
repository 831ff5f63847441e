"""The commands that Compose files and Kubernetes objects start containers with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from boxwright.syntax.yaml.node import Node, Scalar, Sequence
from boxwright.text.joined import Joined, Word

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

Words: TypeAlias = Node | tuple[Node, ...] | None
"""A list of words, or a string that is split into words as a shell does it."""


def exec_commands(nodes: Iterable[Words], *, has_variables: bool = False) -> tuple[Command, ...]:
    """
    Return what the words of *nodes*, in their order, start, and what that runs if it is a shell.

    *has_variables* says that `$$` stands for a dollar sign, as in Compose files.
    """
    from boxwright.syntax.shell.parse import command_of_words

    words = []
    pieces: list[tuple[str, int]] = []
    length = 0
    for word in words_of(nodes, has_variables=has_variables):
        # What is in a shell's `-c` is found in it by its places, if it is laid out as JSON.
        quoted = [('"', word.offset(0)), *word.pieces(), ('"', word.offset(len(word)))]
        quoted = [part for text, offset in quoted for part in _escaped(text, offset)]
        raw = "".join(text for text, _ in quoted)
        words.append(Word(raw, word.text, word.span(0, len(word)), length))
        pieces += quoted
        length += len(raw)
    return command_of_words(words, Joined.of(pieces))


def script_commands(node: Node | None, *, has_variables: bool = False) -> tuple[Command, ...]:
    """Return the commands of a string that a shell is given."""
    if not isinstance(node, Scalar):
        return ()
    from boxwright.syntax.shell.parse import parse_script

    return parse_script(_joined(node, has_variables=has_variables)).commands


def words_of(nodes: Iterable[Words], *, has_variables: bool = False) -> tuple[Joined, ...]:
    """Return the words of *nodes*."""
    words: list[Joined] = []
    for node in nodes:
        items = node.items if isinstance(node, Sequence) else node
        if isinstance(items, tuple):
            words += (
                _joined(item, has_variables=has_variables)
                for item in items
                if isinstance(item, Scalar)
            )
        elif isinstance(node, Scalar) and not node.is_null:
            words += _split(_joined(node, has_variables=has_variables))
    return tuple(words)


def _escaped(text: str, offset: int) -> Iterator[tuple[str, int]]:
    """Return *text* with its backslashes doubled, as pieces."""
    first, *others = text.split("\\")
    yield first, offset
    offset += len(first)
    for other in others:
        yield "\\", offset
        yield "\\" + other, offset
        offset += 1 + len(other)


def _joined(node: Scalar, *, has_variables: bool) -> Joined:
    joined = node.joined()
    if not has_variables or "$$" not in joined.text:
        return joined
    pieces: list[tuple[str, int]] = []
    at = 0
    for found in re.finditer(r"\$\$", joined.text):
        pieces += joined.slice(at, found.start() + 1).pieces()
        at = found.end()
    return Joined.of([*pieces, *joined.slice(at, len(joined)).pieces()], joined.offset(0))


def _split(text: Joined) -> list[Joined]:
    """Return the words of *text* without their quotes; a quote that is not closed ends with it."""
    from boxwright.syntax.shell.quoting import unquoted_text

    return [
        unquoted_text(text.slice(*found.span()))[0] for found in _word_pattern().finditer(text.text)
    ]


@cache
def _word_pattern() -> re.Pattern[str]:
    return re.compile(
        r"""(?:[^\s"'\\]|\\.|\\\Z|'[^']*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\\?\Z))+""", re.DOTALL
    )
