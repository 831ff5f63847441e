"""What a program is given: its options with their values, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import ShellWord


class Option(NamedTuple):
    """An option as it stands there."""

    name: str
    """With its hyphens; one letter out of several (`-fsSL`) has its own hyphen."""
    value: ShellWord | None
    word: ShellWord
    """All of the word that it is in."""


class Arguments(NamedTuple):
    """What a program is given, taken apart."""

    options: tuple[Option, ...]
    operands: tuple[ShellWord, ...]
    """What is no option, and all behind `--`."""

    def option(self, *names: str) -> Option | None:
        """Return the last option that is called one of *names*; the last one counts."""
        return next((option for option in reversed(self.options) if option.name in names), None)

    def has(self, *names: str) -> bool:
        """Return whether an option is called one of *names*."""
        return self.option(*names) is not None

    def value(self, *names: str) -> ShellWord | None:
        """Return the value that counts for *names*."""
        option = self.option(*names)
        return option.value if option else None

    def values(self, *names: str) -> tuple[ShellWord, ...]:
        """Return the values of all options that are called one of *names*, in order."""
        return tuple(
            option.value
            for option in self.options
            if option.name in names and option.value is not None
        )

    def text(self, *names: str) -> str:
        """Return the text of the value that counts for *names*, or nothing."""
        value = self.value(*names)
        return value.value if value else ""


def parse_arguments(
    words: Sequence[ShellWord], letters: str = "", names: str | Iterable[str] = ()
) -> Arguments:
    """
    Return the options and operands in *words*, as GNU's `getopt` takes them.

    The *letters* and long *names* (without hyphens) are those that need a value; a text
    has the names between blanks.
    """
    with_value = frozenset(names.split() if isinstance(names, str) else names)
    options: list[Option] = []
    operands: list[ShellWord] = []
    at = 0
    while at < len(words):
        word = words[at]
        text = word.value
        following = words[at + 1] if at + 1 < len(words) else None
        at += 1
        if text == "--":
            operands.extend(words[at:])
            break
        if text.startswith("--"):
            name, equals, _ = text.partition("=")
            if equals:
                options.append(Option(name, _tail(word, len(name) + 1), word))
            elif name[2:] in with_value:
                options.append(Option(name, following, word))
                at += 1
            else:
                options.append(Option(name, None, word))
        elif len(text) > 1 and text[0] == "-":
            for place, letter in enumerate(text[1:], start=1):
                if letter not in letters:
                    options.append(Option(f"-{letter}", None, word))
                    continue
                if place + 1 < len(text):
                    value: ShellWord | None = _tail(word, place + 1)
                else:
                    value = following
                    at += 1
                options.append(Option(f"-{letter}", value, word))
                break
        else:
            operands.append(word)
    return Arguments(tuple(options), tuple(operands))


def _tail(word: ShellWord, start: int) -> ShellWord:
    """Return *word* from its character *start* on; what is before it is taken to be unquoted."""
    span = word.span
    if word.raw[:start] == word.value[:start]:
        raw = word.raw[start:]
        if span.end - span.start == len(word.raw):
            span = Span(span.start + start, span.end)
    else:
        raw = word.raw
    return word._replace(raw=raw, value=word.value[start:], span=span)
