"""
The order of versions of Python distributions (PEP 440).

Versions from before PEP 440 are older than all that follow it, and are ordered among
themselves as setuptools did: in runs of digits and of letters, digits as numbers, where
`dev` is before every other word, `a`, `b` and `c` (also written `rc`) are before the end,
and words after `final`, `patch` for one, are behind it. OSV orders them so, too.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_RUN = re.compile(r"([0-9]+|[a-z]+|[.-])")
_WORDS = {"rc": "c", "pre": "c", "preview": "c", "-": "final-", "dev": "@"}
_FINAL = "*final"


@functools.lru_cache(maxsize=1 << 16)
def key(version: str) -> tuple[int, Any]:
    """
    Return what sorts as *version* does.

    >>> sorted(["1.0", "1.0.post1", "1.0rc1", "1.0.dev1", "2004d", "no version"], key=key)
    ['no version', '2004d', '1.0.dev1', '1.0rc1', '1.0', '1.0.post1']
    """
    from packaging.version import Version

    try:
        return 1, Version(version)
    except ValueError:
        # No version by PEP 440, or with a number of thousands of digits.
        return 0, _legacy_key(version)


def public(version: str) -> str:
    """
    Return *version* without its local part, which no advisory names.

    >>> public("2.5.1+cu121")
    '2.5.1'
    """
    return version.partition("+")[0].strip()


@functools.lru_cache(maxsize=1 << 16)
def normal(version: str) -> str:
    """
    Return the one spelling of *version* that all equal ones share.

    >>> normal("v1.0.0-RC.1"), normal("2004D")
    ('1rc1', '2004D')
    """
    from packaging.version import Version

    try:
        parsed = Version(version)
    except ValueError:
        return version
    release = list(parsed.release)
    while len(release) > 1 and not release[-1]:
        release.pop()
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    pre = f"{parsed.pre[0]}{parsed.pre[1]}" if parsed.pre else ""
    post = f".post{parsed.post}" if parsed.post is not None else ""
    dev = f".dev{parsed.dev}" if parsed.dev is not None else ""
    local = f"+{parsed.local}" if parsed.local else ""
    return f"{epoch}{'.'.join(map(str, release))}{pre}{post}{dev}{local}"


def _legacy_key(version: str) -> tuple[str, ...]:
    parts: list[str] = []
    for run in [*_RUN.split(version.lower()), "final"]:
        if run in ("", "."):
            continue
        if run[0] in "0123456789":
            parts.append(run.zfill(8))
            continue
        part = f"*{_WORDS.get(run, run)}"
        if part < _FINAL:
            # A dash before a word for what is not yet final says nothing.
            while parts and parts[-1] == "*final-":
                parts.pop()
        # Noughts at the end of a run of numbers say nothing.
        while parts and parts[-1] == "00000000":
            parts.pop()
        parts.append(part)
    return tuple(parts)
