"""Whether what a distribution needs under a condition (PEP 508) is needed in a Linux image."""

from __future__ import annotations

import functools

_LONGEST = 500
_MOST_BRACKETS = 10
"""A condition is parsed by recursion; hardly any real one has a bracket."""
_USUAL_PYTHON = "3.12"


@functools.lru_cache(maxsize=4096)
def applies(marker: str, python: str) -> bool:
    """
    Tell whether *marker* holds for a version of *python*, `3.11`, without any extra.

    What cannot be told is said to hold, for a dependency too many is seen and one too few is not.

    >>> applies("sys_platform == 'win32'", "3.11"), applies("extra == 'test'", "3.11")
    (False, False)
    """
    if len(marker) > _LONGEST or marker.count("(") > _MOST_BRACKETS:
        return "extra" not in marker
    # What brings this in is slow to import, and many images have no such condition.
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison

    python = python or _USUAL_PYTHON
    environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
        "extra": "",
    }
    try:
        return Marker(marker).evaluate(environment)
    except (InvalidMarker, UndefinedComparison, ValueError, KeyError, RecursionError):
        return "extra" not in marker
