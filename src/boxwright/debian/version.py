"""Comparing versions of Debian packages (Debian Policy, section 5.6.12)."""

from __future__ import annotations

import re

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")

_Part = tuple[tuple[int, ...], int, str]
VersionKey = tuple[int, tuple[_Part, ...], tuple[_Part, ...]]

_END: _Part = ((0,), 0, "")


def version_key(version: str) -> VersionKey:
    """
    Return what sorts as *version* does.

    >>> sorted(["1.0", "1:0.1", "1.0~rc1", "1.0-1", "1.0+b1"], key=version_key)
    ['1.0~rc1', '1.0', '1.0-1', '1.0+b1', '1:0.1']
    """
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return (
        (int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 20 else 0),
        _key(upstream),
        _key(revision),
    )


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """
    Tell whether *version* stands in the relation *operator* to *wanted* (policy 7.1).

    >>> satisfies("2.36-9+deb12u14", ">=", "2.36")
    True
    """
    ours, theirs = version_key(version), version_key(wanted)
    match operator:
        case ">=":
            return ours >= theirs
        case "<=":
            return ours <= theirs
        case ">>":
            return ours > theirs
        case "<<":
            return ours < theirs
        case _:
            return ours == theirs


def _key(text: str) -> tuple[_Part, ...]:
    # A part is what is not a digit, then digits. The end of a version sorts after `~` and
    # before everything else; a missing number is zero.
    parts = [_part(*match.groups()) for match in _PARTS.finditer(text) if match[0]]
    return (*(parts or [_END]), _END)


def _part(letters: str, digits: str) -> _Part:
    order = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 0x110000 for c in letters]
    # Numbers by length, then as text: a number of a million digits costs nothing.
    number = digits.lstrip("0")
    return (*order, 0), len(number), number
