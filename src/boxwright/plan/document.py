"""Plan ⇄ the document that can be saved, compared and reviewed."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from boxwright.errors import PlanError
from boxwright.plan.model import Plan

_PAIRS = frozenset(
    {("ProcessPlan", "env"), ("Plan", "labels"), ("Workload", "env"), ("CompanionPlan", "env")}
)
"""Fields that hold names with values: tables in the document."""


def to_dict(plan: Plan) -> dict[str, Any]:
    """Return *plan* as plain values, keys spelled as in the settings."""
    found = _plain(plan)
    assert isinstance(found, dict)  # noqa: S101 (a plan is a dataclass)
    return found


def from_dict(document: object) -> Plan:
    """Return the plan that *document* says; raises PlanError with the path of a wrong key."""
    plan = _value(document, Plan, "")
    assert isinstance(plan, Plan)  # noqa: S101 (asked for)
    return plan


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        return {
            field.name.replace("_", "-"): (
                dict(getattr(value, field.name))
                if (kind, field.name) in _PAIRS
                else _plain(getattr(value, field.name))
            )
            for field in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _value(value: object, kind: Any, path: str) -> object:  # noqa: ANN401 (a type expression)
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
        return _value(value, kind, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise _expected("an array", value, path)
        inner = typing.get_args(kind)[0]
        return tuple(_value(item, inner, f"{path}[{at}]") for at, item in enumerate(value))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(value, kind, path)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise _expected(_NAMES[kind], value, path)
    return value


def _record(value: object, kind: type[Any], path: str) -> object:
    if not isinstance(value, Mapping):
        raise _expected("a table", value, path)
    fields = {field.name.replace("_", "-"): field for field in dataclasses.fields(kind)}
    for key in value:
        if key not in fields:
            import difflib

            near = difflib.get_close_matches(str(key), fields, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "remove it"
            raise PlanError(f"plan: {_below(path, str(key))}: unknown key", hint=hint)
    hints = typing.get_type_hints(kind)
    found: dict[str, object] = {}
    for key, field in fields.items():
        place = _below(path, key)
        if key not in value:
            if field.default is dataclasses.MISSING:
                raise PlanError(f"plan: {place}: the key is missing")
            continue
        if (kind.__name__, field.name) in _PAIRS:
            found[field.name] = _pairs(value[key], place)
        else:
            found[field.name] = _value(value[key], hints[field.name], place)
    return kind(**found)


def _pairs(value: object, path: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise _expected("a table", value, path)
    for key, item in value.items():
        if not isinstance(item, str):
            raise _expected("a string", item, _below(path, str(key)))
    return tuple(sorted(value.items()))


_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "`true` or `false`"}


def _expected(what: str, value: object, path: str) -> PlanError:
    kinds = {str: "a string", bool: "a boolean", int: "a number", float: "a number",
             list: "an array", dict: "a table", type(None): "null"}  # fmt: skip
    found = kinds.get(type(value), type(value).__name__)
    return PlanError(f"plan: {path or 'the document'}: expected {what}, found {found}")


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
