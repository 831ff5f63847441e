"""
`.dockerignore`: patterns, and which paths they leave out.

Follows BuildKit to the letter, its oddities included, since a project's file was written
for it: reading as in moby/patternmatcher `ignorefile.ReadAll`, matching as in
`MatchesUsingParentResults`, which BuildKit calls for each path on its way down.
"""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from boxwright.errors import ProjectError


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern after cleaning; an exception (`!`) brings back what it matches."""

    text: str
    is_exception: bool
    line: int
    matches: Callable[[str], object]


class Dockerignore:
    r"""
    The patterns of a file, in order.

    >>> ignore = Dockerignore.parse("data\n!data/labels.csv\n**/*.log\n")
    >>> ignore.ignores("data/train.csv"), ignore.ignores("data/labels.csv")
    (True, False)
    """

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        self.patterns = tuple(patterns)
        self.has_exceptions = any(pattern.is_exception for pattern in self.patterns)
        # Which patterns match a folder, as bits; the folder above all matches nothing.
        self._folders: dict[str, tuple[bool, int]] = {"": (False, 0)}

    @classmethod
    def parse(cls, text: str, name: str = ".dockerignore") -> Dockerignore:
        """Return the patterns in *text*; *name* is the file's, for messages."""
        patterns = []
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
            if line.startswith("#"):
                continue
            pattern = line.strip()
            if not pattern:
                continue
            patterns.append(_pattern(pattern, f"{name}:{number}", number))
        return cls(patterns)

    @classmethod
    def of(cls, patterns: Iterable[str], name: str) -> Dockerignore:
        """Return *patterns* that come one by one from the setting *name*."""
        return cls(
            _pattern(pattern.strip(), f"{name}[{number}]", number)
            for number, pattern in enumerate(patterns)
            if pattern.strip()
        )

    def ignores(self, path: str) -> bool:
        """Tell whether *path*, relative and with `/`, is left out."""
        if not self.patterns:
            return False
        folder, _, _ = path.rpartition("/")
        return self._match(path, self._folder(folder)[1])[0]

    def ignores_all_below(self, folder: str) -> bool:
        """Tell whether *folder* and everything in it is left out, whatever its names."""
        if not self.patterns or not self._folder(folder)[0]:
            return False
        return not self.has_exceptions or all(
            # An exception with a wildcard in its path may reach anywhere.
            pattern.text.isascii()
            and not any(character in pattern.text for character in "*?[\\")
            and not f"{pattern.text}/".startswith(f"{folder}/")
            for pattern in self.patterns
            if pattern.is_exception
        )

    def matching(self, path: str) -> Pattern | None:
        """Return the pattern that leaves *path* out, None where nothing does."""
        if not self.ignores(path):
            return None
        parts = path.split("/")
        prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        return next(
            (
                pattern
                for pattern in reversed(self.patterns)
                if not pattern.is_exception and any(pattern.matches(prefix) for prefix in prefixes)
            ),
            None,
        )

    def _folder(self, folder: str) -> tuple[bool, int]:
        known = self._folders.get(folder)
        if known is None:
            above, _, _ = folder.rpartition("/")
            known = self._folders[folder] = self._match(folder, self._folder(above)[1])
        return known

    def _match(self, path: str, above: int) -> tuple[bool, int]:
        """Return whether *path* is left out, and which patterns matched it or a folder above."""
        ignored = False
        bits = 0
        for number, pattern in enumerate(self.patterns):
            bit = 1 << number
            if not above & bit:
                # A pattern that could change nothing is not even tried; that it then does
                # not count as matched for what lies below is BuildKit's behaviour too.
                if pattern.is_exception != ignored:
                    continue
                if not pattern.matches(path):
                    continue
            bits |= bit
            ignored = not pattern.is_exception
        return ignored, bits


def _pattern(text: str, place: str, line: int) -> Pattern:
    is_exception = text.startswith("!")
    if is_exception:
        text = text[1:].strip()
    if text:
        text = _clean(text)
    if len(text) > 1:
        text = text.removeprefix("/")
    if not is_exception and text.startswith("!"):
        # Cleaning comes before the second look at the `!`: `/!name` is an exception too.
        is_exception = True
        text = text[1:]
    if not text:
        raise ProjectError(
            f"{place}: the exception `!` names no path",
            hint="write the path behind the `!`, or remove the line",
        )
    _check(text, place)
    try:
        return Pattern(text, is_exception, line, _matcher(text))
    except (re.error, OverflowError):
        raise _bad(text, place) from None


def _clean(path: str) -> str:
    """Return *path* as Go's `filepath.Clean` does."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _bad(text: str, place: str) -> ProjectError:
    return ProjectError(
        f"{place}: `{text}` is no valid pattern",
        hint="close every `[`, and escape a bracket or backslash that is meant literally with `\\`",
    )


def _check(text: str, place: str) -> None:
    """Raise where Go's `filepath.Match` finds *text* malformed."""
    at = 0
    length = len(text)

    def one(at: int) -> int:
        """Pass one character of a range; something has to follow it."""
        if at >= length or text[at] in "-]":
            raise _bad(text, place)
        if text[at] == "\\":
            at += 1
        if at + 1 >= length:
            raise _bad(text, place)
        return at + 1

    while at < length:
        character = text[at]
        at += 1
        if character == "\\":
            if at >= length:
                raise _bad(text, place)
            at += 1
        elif character == "[":
            if at < length and text[at] == "^":
                at += 1
            first = True
            while first or at >= length or text[at] != "]":
                first = False
                at = one(at)
                if text[at] == "-":
                    at = one(at + 1)
            at += 1


def _matcher(text: str) -> Callable[[str], object]:
    """Return the test for the cleaned pattern *text*; exact, prefix and suffix need no regex."""
    expression = ""
    kind = "exact"
    at = 0
    steps = 0
    while at < len(text):
        character = text[at]
        following = text[at + 1 : at + 2]
        at += 1
        if character == "*" and following == "*":
            at += 1
            if text[at : at + 1] == "/":  # `**/` is `**`
                at += 1
            if at == len(text):
                if kind == "exact":
                    kind = "prefix"
                else:
                    expression += ".*"
                    kind = "regex"
            else:
                expression += "(.*/)?"
                kind = "regex"
            if steps == 0:
                kind = "suffix"
        elif character == "*":
            expression += "[^/]*"
            kind = "regex"
        elif character == "?":
            expression += "[^/]"
            kind = "regex"
        elif character == "\\":
            if following:
                expression += "\\" + following
                kind = "regex"
                at += 1
            else:
                expression += "\\"
        elif character in "[]":
            expression += character
            kind = "regex"
        else:
            expression += "\\" + character if character in ".+()|{}$" else character
        steps += 1
    if kind == "exact":
        return text.__eq__
    if kind == "prefix":
        prefix = text[:-3] + "/" if text.endswith("**/") else text[:-2]
        return lambda path: path.startswith(prefix)
    if kind == "suffix":
        suffix = text[2:]
        whole = suffix[1:] if suffix.startswith("/") else None
        return lambda path: path.endswith(suffix) or path == whole
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `[[` is a possible nested set to Python, not to Go
        return re.compile(rf"(?:{expression})\Z", re.ASCII).match
