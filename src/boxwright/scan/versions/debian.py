"""The order of versions of Debian and Ubuntu packages (Debian Policy, section 5.6.12)."""

from __future__ import annotations

import functools

from boxwright.debian.version import VersionKey, version_key


@functools.lru_cache(maxsize=1 << 14)
def key(version: str) -> VersionKey:
    """
    Return what sorts as *version* does.

    >>> key("1.0~rc1-1") < key("1.0-1") < key("1:0.1-1")
    True
    """
    return version_key(version.strip())
