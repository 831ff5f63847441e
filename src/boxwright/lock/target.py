"""What the image will be to Python: interpreter, tags and markers of the target, never the host's."""

from __future__ import annotations

import functools
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boxwright.errors import LockError
from boxwright.oci.platform import parse_platform
from boxwright.wheel.tags import MACHINES, target_tags

if TYPE_CHECKING:
    from packaging.markers import Environment
    from packaging.tags import Tag

    from boxwright.lock.model import PlatformLock

_SUITES = {"trixie": ("3.13", (2, 41)), "bookworm": ("3.11", (2, 36))}
"""Debian suite: its CPython and its glibc."""
_NEWEST_PLATFORM_OF_UV = 40
"""uv knows `manylinux_2_17` and `manylinux_2_28` to `manylinux_2_40`."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An interpreter on an architecture over a glibc."""

    suite: str
    architecture: str
    """As images call it: `amd64`, `arm64`."""
    python: str
    """`3.13`."""
    glibc: tuple[int, int]

    def __str__(self) -> str:
        """Return what a message needs: interpreter, machine, glibc."""
        return f"CPython {self.python} on {self.machine} with glibc {self.glibc[0]}.{self.glibc[1]}"

    @property
    def machine(self) -> str:
        """The architecture as wheels call it."""
        return MACHINES[self.architecture]

    @property
    def uv_platform(self) -> str:
        """The nearest name that uv has for the target, never one that is newer."""
        return f"{self.machine}-manylinux_2_{min(self.glibc[1], _NEWEST_PLATFORM_OF_UV)}"

    @functools.cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The compatibility tags, best first."""
        from packaging.tags import Tag

        names = target_tags(self.python, self.architecture, self.glibc)
        return tuple(Tag(*name.split("-")) for name in names)

    @property
    def environment(self) -> Environment:
        """The markers' variables (PEP 508), every one of them."""
        return {
            "implementation_name": "cpython",
            # No patch level is promised: a lock holds for the whole minor version.
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    @property
    def is_foreign(self) -> bool:
        """Whether what is compiled on this machine cannot run there."""
        return sys.platform != "linux" or platform.machine() not in {
            self.machine,
            self.architecture,
        }


def locked_target(lock: PlatformLock) -> Target:
    """Return the target of what *lock* is locked for."""
    if lock.image is None:
        return find_target(lock.suite, lock.platform)
    major, _, minor = lock.image.glibc.partition(".")
    return image_target(lock.suite, lock.platform, lock.python, (int(major), int(minor)))


def image_target(suite: str, platform_name: str, python: str, glibc: tuple[int, int]) -> Target:
    """Return the target of an image of *suite*, which has *python* and *glibc*."""
    return Target(
        suite=suite, architecture=_architecture(platform_name), python=python, glibc=glibc
    )


def find_target(suite: str, platform_name: str) -> Target:
    """
    Return the target of *suite* on *platform_name*.

    >>> str(find_target("trixie", "linux/amd64"))
    'CPython 3.13 on x86_64 with glibc 2.41'
    """
    if suite not in _SUITES:
        raise LockError(
            f"`{suite}` is no suite that wheels can be chosen for",
            hint=f"use one of: {', '.join(_SUITES)}",
        )
    python, glibc = _SUITES[suite]
    return image_target(suite, platform_name, python, glibc)


def _architecture(platform_name: str) -> str:
    architecture = parse_platform(platform_name).architecture
    if architecture not in MACHINES:
        raise LockError(
            f"no wheels can be chosen for the platform `{platform_name}`",
            hint=f"use one of: {', '.join(f'linux/{name}' for name in MACHINES)}",
        )
    return architecture
