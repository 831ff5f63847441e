"""What the content of a file says that it is: a model or a data set, and what is to be known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from boxwright.scan.artifacts.pickles import Pickles
from boxwright.scan.incremental import SHORT, Incremental, Steps

_LONGEST = 200
_MOST_TOLD = 40
_PLAIN = ("builtins.", "collections.")
"""Where the classes are from that say nothing of a model."""
_TORCH_TYPES = {
    "double": "float64", "float": "float32", "half": "float16", "long": "int64", "int": "int32",
    "short": "int16", "char": "int8", "byte": "uint8", "complexfloat": "complex64",
    "complexdouble": "complex128",
}  # fmt: skip
"""NumPy's names for the types of PyTorch's storages."""
_OF_PARTS = frozenset(
    {"parameters", "tensors", "dtype", "class", "scikit-learn", "unread", "damaged"}
)
"""Details of a part that are true of the whole, too."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What is known of an artifact so far."""

    role: str
    format: str
    details: dict[str, str] = field(default_factory=dict)
    dangerous: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def tell(self, name: str, value: object) -> None:
        """Put *value* among the details as text for people, unless there is none."""
        text = " ".join(str(value).split())
        if text:
            self.details[name] = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def add(self, part: Found) -> None:
        """Take over what was found in *part* of it; what was found before stays."""
        self.dangerous = tuple(dict.fromkeys((*self.dangerous, *part.dangerous)))[:_MOST_TOLD]
        self.unknown = tuple(
            name
            for name in dict.fromkeys((*self.unknown, *part.unknown))
            if name not in self.dangerous
        )[:_MOST_TOLD]
        for name, value in part.details.items():
            if name in _OF_PARTS:
                self.details.setdefault(name, value)

    def tell_pickles(self, pickles: Pickles) -> None:
        """Take over what *pickles* found."""
        self.dangerous, self.unknown = pickles.dangerous, pickles.unknown
        if pickles.storages:
            self.tell("parameters", sum(pickles.storages.values()))
            self.tell("tensors", pickles.tensors)
            kind = max(pickles.storages, key=lambda name: pickles.storages[name])
            self.tell("dtype", _TORCH_TYPES.get(kind, kind))
        if not pickles.made.startswith(_PLAIN):
            self.tell("class", pickles.made)
        if pickles.sklearn:
            self.tell("scikit-learn", pickles.sklearn)
        if pickles.unread:
            self.tell("unread", pickles.unread)
        if pickles.problem:
            self.tell("damaged", pickles.problem)


class ArtifactParser(Protocol):
    """
    Reads one file that may be an artifact.

    A ValueError of `feed` says how the file is damaged: it is fed no more then.
    """

    @property
    def is_over(self) -> bool:
        """Whether nothing of the rest matters."""
        ...

    def feed(self, piece: bytes) -> None:
        """Take the next *piece*."""

    def finish(self) -> Found | None:
        """Return what it is, as far as it was read; None where it is no artifact."""


class Known:
    """A file of which its first bytes tell all that there is to tell."""

    is_over = True

    def __init__(self, found: Found) -> None:
        self._found = found

    def feed(self, piece: bytes) -> None:
        """Pass over it."""

    def finish(self) -> Found | None:
        """Return what was known from the beginning."""
        return self._found


class Stepwise:
    """A file that is read by steps, which fill in what is found."""

    def __init__(self, found: Found, steps: Steps) -> None:
        self._found = found
        self._steps = Incremental(steps)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the rest matters."""
        return self._steps.is_over

    def feed(self, piece: bytes) -> None:
        """Take the next *piece*."""
        self._steps.feed(piece)

    def finish(self) -> Found | None:
        """Return what the steps found."""
        if not self._steps.is_over:
            self._found.tell("damaged", SHORT)
        return self._found
