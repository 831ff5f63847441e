"""
The order of semantic versions (SemVer 2.0.0, section 11).

A `v` in front is passed over, missing numbers are nought, and further ones are compared
too: `1.2` and `1.2.3.4` are no semantic versions, and still stand in records.
"""

from __future__ import annotations

import functools
import re

_VERSION = re.compile(
    r"\s*[vV=]?\s*(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?:\.[xX*])*(?P<rest>[^+]*)(?:\+.*)?", re.DOTALL
)

_Number = tuple[int, str]
_Identifier = tuple[int, int, str]
_NO_PRERELEASE: tuple[_Identifier, ...] = ((2, 0, ""),)


@functools.lru_cache(maxsize=1 << 14)
def key(version: str) -> tuple[int, tuple[_Number, ...], tuple[_Identifier, ...], str]:
    """
    Return what sorts as *version* does; what has no number at its start comes first.

    >>> sorted(["1.0.0", "1.0.0-rc.1", "1.0.0-alpha.beta", "1.0.0-alpha.1", "1.0.0-2"], key=key)
    ['1.0.0-2', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-rc.1', '1.0.0']
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        return 0, (), (), version
    numbers = [_number(part) for part in match["numbers"].split(".")]
    while numbers and not numbers[-1][0]:
        numbers.pop()
    rest = match["rest"].strip()
    rest = rest[1:] if rest[:1] in ("-", ".") else rest
    return 1, tuple(numbers), _prerelease(rest) if rest else _NO_PRERELEASE, ""


def _prerelease(text: str) -> tuple[_Identifier, ...]:
    # 11.4: numbers numerically and before words; of two, the longer is newer.
    return tuple(
        (0, *_number(part)) if part.isascii() and part.isdigit() else (1, 0, part)
        for part in text.split(".")
    )


def _number(digits: str) -> _Number:
    number = digits.lstrip("0")
    return len(number), number
