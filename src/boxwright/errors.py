"""
What boxwright raises.

    BoxwrightError
      SettingsError          the settings are wrong
      ProjectError           the project cannot be understood
      PlanError              the project gives no way to plan an image
      LockError              what goes in cannot be decided or found
        FetchError             ... because a mirror or an index did not give it
        ArchiveError           ... because the Debian archive is not what was signed
      PackageError           a wheel, a sdist or a .deb is damaged, hostile or does not fit
      BuildError             the plan cannot be carried out
      ShipError              an image may not go where it was to go
      StoreError             an image or a blob cannot be read or written
        EngineError            ... because the container engine refused
        DigestMismatchError    ... because the bytes are not the promised ones
      KeyFileError           a key for signatures cannot be read or used
      SignatureError         an image is not signed, or not as it has to be

Anything else that escapes is a bug in boxwright.
"""

from __future__ import annotations


class BoxwrightError(Exception):
    """
    Something that the user can mend.

    *message* says which thing is how wrong, *hint* what to do; both are one or more
    clauses without a period at the end, with names of things in backticks.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(BoxwrightError):
    """The settings are wrong."""


class ProjectError(BoxwrightError):
    """The project cannot be understood."""


class PlanError(BoxwrightError):
    """The project gives no way to plan an image."""


class LockError(BoxwrightError):
    """What goes into the image cannot be decided or found."""


class FetchError(LockError):
    """A mirror or an index did not give what was asked of it."""


class ArchiveError(LockError):
    """The Debian archive is not what was signed, or is too old to trust."""


class PackageError(BoxwrightError):
    """A wheel, a source distribution or a .deb is damaged, hostile or does not fit."""


class BuildError(BoxwrightError):
    """The plan cannot be carried out."""


class ShipError(BoxwrightError):
    """An image may not go where it was to go: a tag is taken, a gate is shut."""


class StoreError(BoxwrightError):
    """An image or a blob cannot be read or written."""


class EngineError(StoreError):
    """The container engine refused, or there is none."""


class DigestMismatchError(StoreError):
    """The bytes received are not those that were promised."""

    def __init__(self, *, wanted: str, got: str, what: str) -> None:
        super().__init__(
            f"{what} has digest {got}, but {wanted} was promised",
            hint="the copy is damaged or was replaced; if the source is right, lock it again",
        )
        self.wanted = wanted
        self.got = got


class KeyFileError(BoxwrightError):
    """A key for signatures cannot be read or used."""


class SignatureError(BoxwrightError):
    """An image is not signed, or not as it has to be."""
