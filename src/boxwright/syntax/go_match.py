"""Patterns of COPY and ADD: Go's `filepath.Match`, one part of a path at a time."""

from __future__ import annotations


def is_pattern(text: str) -> bool:
    """Tell whether *text* is more than a plain name."""
    return any(sign in text for sign in "*?[\\")


def matches_name(pattern: str, name: str) -> bool:
    r"""
    Tell whether the part of a path *name* matches *pattern*; a malformed one matches nothing.

    The time is at most that of the two lengths multiplied, whatever the pattern.

    >>> matches_name("train-?.c*", "train-1.csv"), matches_name("[^a]*", "abc")
    (True, False)
    """
    at = 0
    position = 0
    star = -1
    retry = 0
    while position < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star = at
            retry = position
            at += 1
            continue
        following = _one(pattern, at, name[position]) if at < len(pattern) else None
        if following is not None:
            at = following
            position += 1
        elif star >= 0:
            retry += 1
            position = retry
            at = star + 1
        else:
            return False
    return pattern[at:].strip("*") == ""


def _one(pattern: str, at: int, character: str) -> int | None:
    """Return where *pattern* goes on after *character*, None where that does not fit."""
    sign = pattern[at]
    if sign == "?":
        return at + 1
    if sign == "\\":
        return at + 2 if pattern[at + 1 : at + 2] == character else None
    if sign != "[":
        return at + 1 if sign == character else None
    at += 1
    negated = pattern[at : at + 1] == "^"
    at += negated
    found = False
    is_first = True
    while at < len(pattern) and (is_first or pattern[at] != "]"):
        is_first = False
        if pattern[at] == "\\":
            at += 1
        low = high = pattern[at : at + 1]
        at += 1
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 1
            if pattern[at] == "\\":
                at += 1
            high = pattern[at : at + 1]
            at += 1
        found = found or low <= character <= high
    if at >= len(pattern):
        return None
    return at + 1 if found != negated else None
