"""What a tag promises: the image of a commit and of a version for ever, or what runs somewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import Enum

from boxwright.errors import ShipError

_COMMIT = re.compile(r"git-([0-9a-f]{40}|[0-9a-f]{64})")
_VERSION = re.compile(r"v?[0-9]{1,9}(\.[0-9]{1,9}){1,4}([A-Za-z][A-Za-z0-9]*)?([._-][A-Za-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
DIRTY = "-dirty"
"""How a revision ends that is not what was committed."""
_SHOWN = 5
OWN = "boxwright-"
"""With what tags begin that keep histories and shared layers."""


class TagKind(Enum):
    """What a tag stands for."""

    COMMIT = "commit"
    """`git-<id>`: what was built from that commit. Never moved."""
    VERSION = "version"
    """`1.4.0`: a release. Never moved."""
    ENVIRONMENT = "environment"
    """`staging`: what is wanted there now. Moved by promotion only."""
    OTHER = "other"
    """Whatever else: it promises nothing."""

    @property
    def is_fixed(self) -> bool:
        """Tell whether a tag of this kind names the same image for ever."""
        return self in (TagKind.COMMIT, TagKind.VERSION)


def is_tag(text: str) -> bool:
    """Tell whether *text* can be a tag at all (distribution-spec, "Pulling manifests")."""
    return _TAG.fullmatch(text) is not None


def kind_of(tag: str, environments: Collection[str]) -> TagKind:
    """
    Return what *tag* stands for where *environments* are those of the project.

    >>> kind_of("1.4.0", ["staging"]).value, kind_of("staging", ["staging"]).value
    ('version', 'environment')
    """
    if tag in environments:
        return TagKind.ENVIRONMENT
    if _COMMIT.fullmatch(tag):
        return TagKind.COMMIT
    if _VERSION.fullmatch(tag):
        return TagKind.VERSION
    return TagKind.OTHER


def commit_tag(revision: str, *, dirty_allowed: bool = False, changed: Sequence[str] = ()) -> str:
    """
    Return the tag of what was built from *revision*, the full id of a commit.

    Raises ShipError for one with changes beside it (`…-dirty`), unless those are *dirty_allowed*;
    it names some of the files that are *changed*.

    >>> commit_tag("0123456789abcdef0123456789abcdef01234567")
    'git-0123456789abcdef0123456789abcdef01234567'
    """
    tag = f"git-{revision}"
    if _COMMIT.fullmatch(tag):
        return tag
    if _COMMIT.fullmatch(tag.removesuffix(DIRTY)):
        if dirty_allowed:
            return tag
        named = ", ".join(f"`{file}`" for file in changed[:_SHOWN])
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise ShipError(
            "files of the image differ from the commit that it would be named after"
            + (f": {named}{more}" if named else ""),
            hint="commit them, or push with `--allow-dirty` under a tag that says so",
        )
    raise ShipError(
        f"`{revision}` is no commit that a tag could name",
        hint="give a tag with `--tag`",
    )
