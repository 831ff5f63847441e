"""Which keys the Compose specification knows where, and which a file has beyond them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from boxwright.syntax.yaml.node import Mapping, Node, Pair, Sequence
from boxwright.text.record import NamedTuple

_MAXIMUM_SUGGESTIONS = 100
"""For how many keys of a file one that is alike is looked for."""


class UnknownKey(NamedTuple):
    """A key that Compose refuses."""

    pair: Pair
    place: str
    """Where it stands: `services.*.build`."""
    suggestion: str
    """What may have been meant; empty where nothing is alike."""
    known_in: tuple[str, ...]
    """The places that do know the key."""


@cache
def known_keys() -> dict[str, tuple[str, ...]]:
    """Return the keys by place: `*` stands for any name, `[]` for an item of a list."""
    import tomllib

    path = Path(__file__).with_name("compose_keys.toml")
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return {place: tuple(keys) for place, keys in read.items()}


def unknown_keys(root: Node | None) -> tuple[UnknownKey, ...]:
    """Return the keys of the Compose file *root* that are not known where they stand."""
    return tuple(sorted(_unknown(root), key=lambda unknown: unknown.pair.key.start))


def _unknown(root: Node | None) -> Iterator[UnknownKey]:
    waiting: list[tuple[Node, str]] = [] if root is None else [(root, "")]
    seen = set()
    reported = set()
    while waiting:
        node, place = waiting.pop()
        if (id(node), place) in seen:
            continue
        seen.add((id(node), place))
        known = known_keys().get(place)
        if isinstance(node, Sequence):
            inner = _inner(place, "[]")
            waiting += [(item, inner) for item in node.items if inner in _places()]
        if not isinstance(node, Mapping):
            continue
        for key, pair in node.effective().items():
            if known is not None and key not in known:
                if not key.startswith("x-") and id(pair.key) not in reported:
                    reported.add(id(pair.key))
                    is_looked_for = len(reported) <= _MAXIMUM_SUGGESTIONS
                    suggestion = _alike(key, known) if is_looked_for else ""
                    yield UnknownKey(pair, place, suggestion, _places_of().get(key, ()))
                continue
            inner = _inner(place, key if known is not None else "*")
            if inner not in _places():
                inner = _inner(place, key)
            if inner in _places():
                waiting.append((pair.value, inner))


def _inner(place: str, part: str) -> str:
    return f"{place}.{part}" if place else part


def _alike(key: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    spelled = "".join(f"_{it.lower()}" if it.isupper() else it for it in key[:60])
    spelled = spelled.replace("-", "_").replace(" ", "_").strip("_")
    return next(iter(get_close_matches(spelled, known, n=1, cutoff=0.75)), "")


@cache
def _places() -> frozenset[str]:
    """Return the places that are known, and those on the way to them."""
    return frozenset(
        ".".join(parts[:end])
        for parts in (place.split(".") for place in known_keys())
        for end in range(len(parts) + 1)
    )


@cache
def _places_of() -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = {}
    for place, keys in known_keys().items():
        for key in keys:
            places.setdefault(key, []).append(place)
    return {key: tuple(found) for key, found in places.items()}
