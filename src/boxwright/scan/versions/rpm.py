"""The order of versions of RPM packages: `[epoch:]version[-release]`, as rpm compares them."""

from __future__ import annotations

import functools
import re

# All other characters only divide; letters and digits are those of ASCII.
_SEGMENT = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_EPOCH = re.compile(r"([0-9]*):")

# At the first difference the higher kind is newer.
_TILDE, _END, _CARET, _LETTERS, _NUMBER = range(5)

_Segment = tuple[int, int, str]
_Segments = tuple[_Segment, ...]


@functools.lru_cache(maxsize=1 << 14)
def key(version: str) -> tuple[_Segments, _Segments, tuple[int, _Segments]]:
    """
    Return what sorts as *version* does.

    >>> sorted(["1.0-1", "1.0^git1-1", "1.0~rc1-1", "1.0.1-1", "1:0.1-1", "1.0-10"], key=key)
    ['1.0~rc1-1', '1.0-1', '1.0-10', '1.0^git1-1', '1.0.1-1', '1:0.1-1']
    """
    epoch = _EPOCH.match(version)
    number = (epoch[1] if epoch else "") or "0"
    rest = version[epoch.end() :] if epoch else version
    name, dash, release = rest.rpartition("-")
    if not dash:
        # Without a release it is older than with any.
        return _segments(number), _segments(rest), (0, ())
    return _segments(number), _segments(name), (1, _segments(release))


def _segments(text: str) -> _Segments:
    return (*map(_segment, _SEGMENT.findall(text)), (_END, 0, ""))


def _segment(text: str) -> _Segment:
    if text == "~":
        return _TILDE, 0, ""
    if text == "^":
        return _CARET, 0, ""
    if text[0].isdigit():
        number = text.lstrip("0")
        return _NUMBER, len(number), number
    return _LETTERS, 0, text
