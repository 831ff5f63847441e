"""Versions of programs, as they print them among other words."""

from __future__ import annotations

import re

_VERSION = re.compile(r"(?<![0-9A-Za-z.])v?([0-9]{1,6}(?:\.[0-9]{1,6}){1,3})")


def version_in(text: str) -> str:
    """
    Return the first version that *text* names; empty where it names none.

    >>> version_in("github.com/docker/buildx v0.13.1 788433953af1")
    '0.13.1'
    """
    found = _VERSION.search(text)
    return found[1] if found else ""


def numbers(version: str) -> tuple[int, ...]:
    """
    Return *version* as numbers, which compare as versions do.

    >>> numbers("20.10.24+dfsg1"), numbers("?")
    ((20, 10, 24), ())
    """
    found = re.match(r"v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()
