"""
The order of versions of Alpine packages, as apk 3 has it.

A version is `digits{.digits}{letter}{_suffix{digits}}{~commit}{-rdigits}` (apk-version(8)),
where digits may follow the letter, as they might in apk 2 (`5.7.3p1`). To apk two versions
that break this form at the same place are equal; here what follows decides, since a version
may not pass for the one that mends it.
"""

from __future__ import annotations

import functools
import re

from boxwright.scan.versions import generic

_BEFORE = ("alpha", "beta", "pre", "rc")
"""Suffixes of what is not yet the version, in order."""
_AFTER = ("cvs", "svn", "git", "hg", "p")

_TOKEN = re.compile(
    r"(?P<letter>[a-z])|\.(?P<part>[0-9]*)|(?P<number>[0-9]+)|_(?P<suffix>[a-z]*)"
    r"|~(?P<commit>[0-9a-f]*)|-r(?P<revision>[0-9]*)"
)
_DIGITS = re.compile(r"[0-9]*")

# Where one version has one kind of token and the other another, the higher kind is newer.
_EARLY, _BROKEN, _END, _REVISION, _COMMIT, _COUNT, _LATE, _LETTER, _PART, _FIRST = range(10)

_Token = tuple[int, int, str]


@functools.lru_cache(maxsize=1 << 14)
def key(version: str) -> tuple[_Token, ...]:
    """
    Return what sorts as *version* does.

    >>> sorted(["1.2-r0", "1.2_rc1-r3", "1.10-r0", "1.2-r10", "1.2_p1-r0", "1.2a-r0"], key=key)
    ['1.2_rc1-r3', '1.2-r0', '1.2-r10', '1.2_p1-r0', '1.2a-r0', '1.10-r0']
    """
    start = _DIGITS.match(version)
    digits = start[0] if start else ""
    if not digits:
        return _broken(version)
    tokens = [_number(_FIRST, digits)]
    position = len(digits)
    while position < len(version):
        match = _TOKEN.match(version, position)
        token = _token(match, tokens[-1][0]) if match else None
        if match is None or token is None:
            return (*tokens, *_broken(version[position:]))
        tokens.append(token)
        position = match.end()
    tokens.append((_END, 0, ""))
    return tuple(tokens)


def _token(match: re.Match[str], before: int) -> _Token | None:
    """Return what was matched, None where it may not follow the kind *before*."""
    kind, text = match.lastgroup, match[match.lastgroup or 0]
    if kind == "letter" and before >= _PART:
        return _LETTER, 0, text
    if kind in ("part", "number") and before >= _PART and text:
        # With a nought in front it is compared as text, digit by digit, as Gentoo does.
        return (_PART, 0, text) if text[0] == "0" else _number(_PART, text)
    if kind == "number" and before == _LETTER:
        return _number(_PART, text)
    if kind == "number" and before in (_EARLY, _LATE):
        return _number(_COUNT, text)
    if kind == "suffix" and before not in (_COMMIT, _REVISION):
        if text in _BEFORE:
            return _EARLY, _BEFORE.index(text), ""
        if text in _AFTER:
            return _LATE, _AFTER.index(text), ""
        return None
    if kind == "commit" and text and before not in (_COMMIT, _REVISION):
        return _COMMIT, 0, text
    if kind == "revision" and text and before != _REVISION:
        return _number(_REVISION, text)
    return None


def _broken(rest: str) -> tuple[_Token, ...]:
    return ((_BROKEN, 0, ""), *generic.key(rest))


def _number(kind: int, digits: str) -> _Token:
    # By length, then as text: a number of a million digits costs nothing.
    number = digits.lstrip("0")
    return kind, len(number) + 1, number
