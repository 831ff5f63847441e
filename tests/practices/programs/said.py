"""What a value of `practices.programs` says, short enough to compare as a whole."""

from __future__ import annotations

_LEFT_OUT = ("command", "arguments", "subcommand", "word")


def said(value: object) -> object:
    """Return what is set in *value*: words as their text, without what is the same for all."""
    if hasattr(value, "raw"):
        return getattr(value, "value", None)
    fields = getattr(value, "_fields", None)
    if fields:
        entries = {name: said(getattr(value, name)) for name in fields if name not in _LEFT_OUT}
        return {name: entry for name, entry in entries.items() if entry}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [said(item) for item in value]
    return value
