"""Values of a document that somebody else wrote, taken as what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxwright.errors import ProjectError
from boxwright.text.record import NamedTuple


class At(NamedTuple):
    """A place in a file, for messages."""

    path: str
    line: int | None
    key: str

    def __str__(self) -> str:
        """Return `path:line: key`."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.key}" if self.key else place

    def below(self, key: str | int) -> At:
        """Return the place of *key* in what is here."""
        inside = f"{self.key}[{key}]" if isinstance(key, int) else f"{self.key}.{key}".lstrip(".")
        return At(self.path, self.line, inside)


def table(value: object, at: At) -> Mapping[str, Any]:
    """Return *value*, which has to be a table; an empty one where there is none."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong(value, "a table", at)
    return value


def array(value: object, at: At) -> list[Any]:
    """Return *value*, which has to be an array; an empty one where there is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong(value, "an array", at)
    return value


def string(value: object, at: At) -> str:
    """Return *value*, which has to be a string; an empty one where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(value, "a string", at)
    return value


def strings(value: object, at: At) -> tuple[str, ...]:
    """Return *value*, which has to be an array of strings."""
    return tuple(string(item, at.below(number)) for number, item in enumerate(array(value, at)))


def wrong(value: object, expected: str, at: At) -> ProjectError:
    """Return the error for a *value* that is not what was *expected*."""
    kinds = {str: "a string", bool: "a boolean", int: "a number", float: "a number",
             list: "an array", dict: "a table", type(None): "nothing"}  # fmt: skip
    found = kinds.get(type(value), "something else")
    return ProjectError(
        f"{at}: expected {expected}, found {found}",
        hint="mend the file, or make it again with the tool that wrote it",
    )
