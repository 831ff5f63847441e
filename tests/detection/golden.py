"""The whole plan as a text to review: what is as usual is left out, short values are in a line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from boxwright.plan.model import Plan

_WIDTH = 100


def golden_text(plan: Plan) -> str:
    """Return *plan* as JSON that `from_dict` takes."""
    return f"{_written(_plain(plan), 0)}\n"


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name.replace("_", "-"): _plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if item.default is dataclasses.MISSING or getattr(value, item.name) != item.default
        }
    if isinstance(value, tuple):
        is_pairs = value and all(
            isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)
            for item in value
        )
        return dict(value) if is_pairs else [_plain(item) for item in value]
    return value


def _written(value: object, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    inner, outer = " " * (depth + 1), " " * depth
    if len(line) + depth <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return line
    if isinstance(value, Mapping):
        items = [
            f"{inner}{json.dumps(key)}: {_written(item, depth + 1)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + f"\n{outer}}}"
    items = [f"{inner}{_written(item, depth + 1)}" for item in value]
    return "[\n" + ",\n".join(items) + f"\n{outer}]"
