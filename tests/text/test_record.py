"""Tests of records: tuples with names."""

from __future__ import annotations

import pickle

import pytest

from boxwright.text.record import NamedTuple


class Place(NamedTuple):
    """A place."""

    line: int
    column: int = 1

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.line}:{self.column}"

    @classmethod
    def first(cls) -> Place:
        """Return the first of all."""
        return cls(1)


def test_it_is_a_tuple_with_names_defaults_and_methods() -> None:
    place = Place(3)

    assert place == (3, 1)
    assert place.shown == "3:1"
    assert place._replace(column=7).shown == "3:7"
    assert Place.first() == Place(line=1, column=1)
    assert repr(place) == "Place(line=3, column=1)"
    assert Place.__doc__ == "A place."


def test_it_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Place(3).line = 4  # type: ignore[misc]


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Place(3, 4))) == Place(3, 4)  # noqa: S301
