"""Where an image is that others are to find again: a registry, or a layout or archive on disk."""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.errors import StoreError
from boxwright.oci.reference import Reference, parse_reference

_ON_DISK = ("oci:", "oci-archive:", "docker-archive:")
_REGISTRY = ("docker://", "registry:")
_ENGINES = ("docker-daemon:", "containers-storage:", "docker:", "podman:")
_AMBIGUOUS = ("docker:", "registry:")
"""Prefixes that are names of public images, too."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A layout or an archive: its path, perhaps with `:` or `@` and a reference behind it."""

    path: str
    prefix: str = ""
    """`oci:`, `oci-archive:`, `docker-archive:` or nothing."""


def parse_place(text: str) -> Reference | OnDisk:
    """
    Return where the image *text* is; StoreError where it says none that others could read.

    >>> parse_place("oci:images/base:1").path
    'images/base:1'
    >>> parse_place("docker://python:3.13-slim").tag
    '3.13-slim'
    """
    for prefix in _ON_DISK:
        if text.startswith(prefix):
            return OnDisk(text.removeprefix(prefix), prefix)
    for prefix in _REGISTRY:
        if text.startswith(prefix) and not _is_public(text, prefix):
            return parse_reference(text.removeprefix(prefix))
    for prefix in _ENGINES:
        if text.startswith(prefix) and not _is_public(text, prefix):
            raise StoreError(
                f"`{text}` is an image of an engine of this machine, which others do not have",
                hint="push it to a registry, or keep it in an archive: `skopeo copy "
                f"{text} oci:base`",
            )
    if text.startswith((".", "/", "~")) or text.endswith(".tar"):
        return OnDisk(text)
    return parse_reference(text)


def _is_public(text: str, prefix: str) -> bool:
    rest = text.removeprefix(prefix)
    return prefix in _AMBIGUOUS and not any(sign in rest for sign in "/:@")
