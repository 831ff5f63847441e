"""
The order of versions of which nobody says how they are ordered.

Runs of digits are numbers, a missing number is nought, and what divides the runs says
nothing. Words for what is not yet final sort before the end, all other letters behind it.
"""

from __future__ import annotations

import re

_RUN = re.compile(r"[0-9]+|[^\W\d_]+")
_EARLY = {
    word: place
    for place, words in enumerate(
        [("dev", "snapshot", "nightly"), ("alpha",), ("beta",), ("pre", "preview"), ("rc", "cr")]
    )
    for word in words
}
_UNFINISHED, _END, _WORD, _NUMBER = range(4)

_Run = tuple[int, int, str]


def key(version: str) -> tuple[_Run, ...]:
    """
    Return what sorts as *version* does.

    >>> sorted(["1.0", "1.0b", "1.0-rc1", "1.0.1", "1.0-beta2", "1.10"], key=key)
    ['1.0-beta2', '1.0-rc1', '1.0', '1.0b', '1.0.1', '1.10']
    """
    runs: list[_Run] = []
    for run in _RUN.findall(version.lower().lstrip("v")):
        if run[0].isascii() and run[0].isdigit():
            number = run.lstrip("0")
            runs.append((_NUMBER, len(number), number))
            continue
        while runs and runs[-1] == (_NUMBER, 0, ""):
            runs.pop()
        runs.append((_UNFINISHED, _EARLY[run], "") if run in _EARLY else (_WORD, 0, run))
    while runs and runs[-1] == (_NUMBER, 0, ""):
        runs.pop()
    return (*runs, (_END, 0, ""))
