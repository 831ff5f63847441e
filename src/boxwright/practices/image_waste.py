"""Bytes that an image ships for nothing, as problems of the rule that is about their cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.image_subject import named, printable
from boxwright.practices.layers import readable
from boxwright.practices.rule import Problem

if TYPE_CHECKING:
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.scan.waste import Waste

LEAST = 1_000_000
"""Bytes below which a cause is not worth a finding."""
_MOST_LISTED = 50
"""So many paths a cause names at most (`Waste.paths`): how many more there are is not known."""


def wastes(image: ImageSubject, practice: str) -> Iterator[Waste]:
    """
    Yield the causes of waste that *practice* is about, largest first.

    The setting `least` of the running rule is the least number of bytes that is told.
    """
    least = image.options.get("least", LEAST)
    for waste in image.contents.waste:
        if waste.practice == practice and isinstance(least, int) and waste.size >= least:
            yield waste


def wasted(image: ImageSubject, practice: str) -> Iterator[Problem]:
    """Yield a problem for each cause of waste that *practice* is about."""
    for waste in wastes(image, practice):
        yield problem_of(image, waste)


def problem_of(image: ImageSubject, waste: Waste) -> Problem:
    """Return *waste* as a problem."""
    where = f": {_places([path for path, _ in waste.paths])}" if waste.paths else ""
    return Problem(
        f"{readable(waste.size)} of {waste.title}{where}; {waste.advice}",
        image.layer_span(waste.layer),
    )


def _places(paths: Sequence[str]) -> str:
    if len(paths) < _MOST_LISTED:
        return named(paths)
    return f"{', '.join(f'`/{printable(path)}`' for path in paths[:3])} and many more"
