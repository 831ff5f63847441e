"""A decoded JSON document whose errors name the key, from the root, that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxwright.errors import StoreError
from boxwright.oci.digest import Digest, parse_digest

LIMIT = 4 << 20
"""
The most bytes that a manifest, an index or a configuration may have.

Registries refuse a manifest of more (distribution-spec, "Pushing Manifests").
"""

_HINT = "the image is damaged or was not written by the book; make it or fetch it again"

_NAMES = {
    bool: "a boolean",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "an array",
    str: "a string",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Node:
    """The value in *document* that stands at *key*, for example `layers[0].size`."""

    value: Any
    document: str
    key: str = ""

    def get(self, key: str) -> Node | None:
        """Return the member *key* of this object; None if it is missing or null."""
        value = self._object().get(key)
        return None if value is None else self._below(value, f".{key}")

    def member(self, key: str) -> Node:
        """Return the member *key* of this object, which must be there."""
        found = self.get(key)
        if found is None:
            raise self._below(None, f".{key}").wrong("is missing")
        return found

    def items(self) -> tuple[Node, ...]:
        """Return the elements of this array."""
        if not isinstance(self.value, list):
            raise self.unexpected("an array")
        return tuple(self._below(value, f"[{at}]") for at, value in enumerate(self.value))

    def text(self) -> str:
        """Return this string."""
        if not isinstance(self.value, str):
            raise self.unexpected("a string")
        return self.value

    def size(self) -> int:
        """Return this number of bytes."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.unexpected("a number of bytes")
        return self.value

    def digest(self) -> Digest:
        """Return this digest."""
        try:
            return parse_digest(self.text())
        except ValueError:
            raise self.unexpected("`sha256:` and 64 lower-case hexadecimal digits") from None

    def texts(self) -> Mapping[str, str]:
        """Return this object, whose values are strings."""
        return {key: self._below(value, f".{key}").text() for key, value in self._object().items()}

    def keys(self) -> tuple[str, ...]:
        """Return the names of this object's members."""
        return tuple(self._object())

    def unexpected(self, wanted: str) -> StoreError:
        """Return the error that says that *wanted* was expected here."""
        found = _NAMES[type(self.value)]
        if type(self.value) in (str, int, float):
            found = f"`{str(self.value)[:80]}`"
        return self.wrong(f"expected {wanted}, found {found}")

    def wrong(self, how: str) -> StoreError:
        """Return the error that says that this value is wrong, and *how*."""
        where = f"{self.document}: {self.key}" if self.key else self.document
        return StoreError(
            f"{where}{' ' if how.startswith(('is ', 'has ')) else ': '}{how}", hint=_HINT
        )

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.unexpected("an object")
        return self.value

    def _below(self, value: Any, step: str) -> Node:  # noqa: ANN401 (JSON is any of many types)
        return Node(value, self.document, (self.key + step).removeprefix("."))


def parse_document(content: bytes, name: str) -> Node:
    """
    Return the root of the JSON document *content*; *name* is what errors call it.

    >>> parse_document(b'{"a": [1]}', "index.json").member("a").items()
    (Node(value=1, document='index.json', key='a[0]'),)
    """
    root = Node(None, name)
    if len(content) > LIMIT:
        raise root.wrong(f"has {len(content)} bytes, more than the {LIMIT} that it may have")
    try:
        return Node(json.loads(content), name)
    except RecursionError:
        raise root.wrong("is nested too deeply") from None
    except ValueError as error:
        raise root.wrong(f"is no JSON document ({error})") from None
