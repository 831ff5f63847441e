"""Version constraints as Poetry and conda write them → specifiers (PEP 440)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from packaging.version import Version

Clause: TypeAlias = tuple[str, str]
"""An operator and a version: `(">=", "1.2")`."""


class Translated(NamedTuple):
    """A specifier, and whether it admits more than what it was made of."""

    specifier: str
    is_wider: bool = False


def from_poetry(text: str) -> Translated:
    """
    Return the specifier of Poetry's constraint *text*; raises ValueError where it is none.

    >>> from_poetry("^1.2.3").specifier, from_poetry("~0.4").specifier, from_poetry("2.*").specifier
    ('>=1.2.3,<2', '>=0.4,<0.5', '==2.*')
    >>> from_poetry(">=1.5,<1.7 || >1.7").specifier
    '>=1.5,!=1.7'
    """
    return _translated(text, _poetry_clauses)


def from_conda(text: str) -> Translated:
    """
    Return the specifier of conda's version *text*; raises ValueError where it is none.

    >>> from_conda("=1.26").specifier, from_conda("=1.26.4").specifier, from_conda("1.26").specifier
    ('==1.26.*', '==1.26.4', '==1.26')
    >>> from_conda(">=1.8,<2|>=2.2").specifier
    '>=1.8'
    """
    return _translated(text, _conda_clauses)


def _translated(text: str, clauses: Callable[[str], list[Clause]]) -> Translated:
    alternatives = []
    for part in re.split(r"\|\|?", text):
        found = clauses(part.strip())
        if not found:
            # Whatever the others say, any version will do.
            return Translated("")
        alternatives.append(found)
    merged = alternatives[0]
    is_wider = False
    for other in alternatives[1:]:
        merged, wider = _union(merged, other)
        is_wider = is_wider or wider
    specifier = ",".join(f"{operator}{version}" for operator, version in merged)
    from packaging.specifiers import SpecifierSet

    # Raises a ValueError of its own.
    SpecifierSet(specifier)
    return Translated(specifier, is_wider)


_ATOM = re.compile(r"(\^|~=|===?|!=|<=|>=|<|>|~|=)?\s*([^\s,<>=!~^]+)")


def _atoms(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    for match in _ATOM.finditer(text):
        if text[at : match.start()].strip(" ,"):
            raise ValueError(text)
        found.append((match[1] or "", match[2]))
        at = match.end()
    if text[at:].strip(" ,"):
        raise ValueError(text)
    return found


def _poetry_clauses(text: str) -> list[Clause]:
    result: list[Clause] = []
    for operator, version in _atoms(text):
        if version in ("*", "x", "X"):
            continue
        plain = re.sub(r"(?:\.[*xX])+$", "", version)
        if operator == "^":
            result += [(">=", plain), ("<", _caret(plain))]
        elif operator == "~":
            parts = _numbers(plain)
            result += [(">=", plain), ("<", _bumped(parts, min(1, len(parts) - 1)))]
        elif plain != version:
            result.append(("!=" if operator == "!=" else "==", f"{plain}.*"))
        else:
            result.append(("==" if operator in ("", "=") else operator, version))
    return result


def _conda_clauses(text: str) -> list[Clause]:
    result: list[Clause] = []
    for operator, version in _atoms(text):
        if version == "*":
            continue
        plain = re.sub(r"\.?\*$", "", version)
        if plain != version:
            if operator in (">=", ">", "<", "<="):
                result.append((operator, plain))
            else:
                result.append(("!=" if operator == "!=" else "==", f"{plain}.*"))
        elif operator == "=":
            # To conda `=1.26.4` is a beginning, but nothing comes behind the third part.
            is_whole = plain.count(".") >= 2
            result.append(("==", plain if is_whole else f"{plain}.*"))
        else:
            result.append((operator or "==", version))
    return result


def _caret(version: str) -> str:
    """
    Return the first version that `^` leaves out.

    >>> _caret("0.2.3"), _caret("0.0"), _caret("1.2")
    ('0.3', '0.1', '2')
    """
    parts = _numbers(version)
    at = next((number for number, part in enumerate(parts) if part), len(parts) - 1)
    return _bumped(parts, at)


def _numbers(version: str) -> list[int]:
    match = re.match(r"v?(\d+(?:\.\d+)*)", version)
    if match is None:
        raise ValueError(version)
    return [int(part[:9]) for part in match[1].split(".")]


def _bumped(parts: Sequence[int], at: int) -> str:
    return ".".join(map(str, [*parts[:at], parts[at] + 1]))


def _union(first: Sequence[Clause], second: Sequence[Clause]) -> tuple[list[Clause], bool]:
    """Return clauses that admit what either admits, and whether they admit more."""
    low, high = _bounds(first), _bounds(second)
    if low is None or high is None:
        return ([], True) if list(first) != list(second) else (list(first), False)
    if _is_before(high[0], low[0]):
        low, high = high, low
    result: list[Clause] = []
    if low[0]:
        result.append(low[0])
    upper = high[1]
    if low[1] and upper and _version(low[1]) > _version(upper):
        upper = low[1]
    is_wider = False
    if low[1] is None:
        upper = None
    elif high[0] is not None:
        end, start = _version(low[1]), _version(high[0])
        if end == start and low[1][0] == "<" and high[0][0] == ">":
            result.append(("!=", low[1][1]))
        elif end < start:
            is_wider = True
    if upper:
        result.append(upper)
    return result, is_wider


def _bounds(clauses: Sequence[Clause]) -> tuple[Clause | None, Clause | None] | None:
    """Return the lower and the upper bound; None where there is more to it."""
    lower: Clause | None = None
    upper: Clause | None = None
    for operator, version in clauses:
        if operator in (">", ">=") and lower is None:
            lower = operator, version
        elif operator in ("<", "<=") and upper is None:
            upper = operator, version
        elif operator == "==" and len(clauses) == 1:
            plain = version.removesuffix(".*")
            if plain == version:
                return (">=", version), ("<=", version)
            parts = _numbers(plain)
            return (">=", plain), ("<", _bumped(parts, len(parts) - 1))
        else:
            return None
    return lower, upper


def _is_before(first: Clause | None, second: Clause | None) -> bool:
    if first is None or second is None:
        return first is None and second is not None
    return _version(first) < _version(second)


def _version(clause: Clause) -> Version:
    from packaging.version import Version

    # Raises a ValueError of its own.
    return Version(clause[1])
