"""
A wheel's file name: `{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl`.

Binary distribution format, "File name convention".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from boxwright.errors import PackageError

_FILENAME = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-(?P<build>\d[^-]*))?"
    r"-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9.!+_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelName:
    """What a wheel's file name says."""

    name: str
    """As it is written there; `canonical_name` makes it comparable."""
    version: str
    build: str
    tags: tuple[str, ...]
    """Every compatibility tag, `cp311-cp311-manylinux_2_28_x86_64` say, sorted."""


def parse_wheel_filename(filename: str) -> WheelName:
    """
    Return what *filename* says.

    Raises PackageError where it is not a wheel's.

    >>> parse_wheel_filename("typing_extensions-4.16.0-py2.py3-none-any.whl").tags
    ('py2-none-any', 'py3-none-any')
    """
    match = _FILENAME.fullmatch(filename)
    if (
        match is None
        or not _NAME.fullmatch(match["name"])
        or not _VERSION.fullmatch(match["version"])
    ):
        raise PackageError(
            f"`{filename}` is not the file name of a wheel",
            hint="a wheel is called `name-version-python-abi-platform.whl`; do not rename it",
        )
    tags = {
        f"{python}-{abi}-{platform}"
        for python in match["python"].split(".")
        for abi in match["abi"].split(".")
        for platform in match["platform"].split(".")
    }
    return WheelName(
        name=match["name"],
        version=match["version"],
        build=match["build"] or "",
        tags=tuple(sorted(tags)),
    )


def canonical_name(name: str) -> str:
    """
    Return *name* as it is compared (PEP 503).

    >>> canonical_name("Typing_Extensions")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def is_same_version(one: str, other: str) -> bool:
    """
    Return whether two versions are equal, however they are written (PEP 440).

    >>> is_same_version("2.13.0+cpu", "2.13.0"), is_same_version("1.0", "1.0.0")
    (False, True)
    """
    if one == other:
        return True
    # A tenth of a second that most wheels need not pay: their versions are spelt alike.
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False
