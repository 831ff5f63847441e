"""
What a rule is: a practice that can be checked.

A rule is a module in `rules/<area>/`. Its file name is its name (`pip_cache_in_layer.py`
is `pip-cache-in-layer`), its docstring its page, and it has one function with `@rule`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from boxwright.findings.finding import Fix, Severity
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

Subject = TypeVar("Subject")


class Problem(NamedTuple):
    """What a rule yields; the engine makes a finding of it."""

    message: str
    span: Span
    fix: Fix | None = None
    severity: Severity | None = None
    """Other than the rule's own, where this case is worse or less bad."""


class Rule(Generic[Subject]):
    """A practice that can be checked: its name, its page and its function."""

    def __init__(
        self,
        *,
        name: str,
        area: str,
        module: str,
        subjects: tuple[type[Any], ...],
        severity: Severity,
        default: bool,
        options: Mapping[str, object],
        function: Callable[[Subject], Iterable[Problem]],
    ) -> None:
        self.name = name
        self.area = area
        """The folder that it is in: `dockerfile`, `compose`, …"""
        self.subjects = subjects
        self.severity = severity
        self.default = default
        """Whether it is on where settings do not say."""
        self.options = options
        """The settings that it has, with their defaults."""
        self.function = function
        self._module = module

    @property
    def page(self) -> str:
        """Its page: the docstring of its module, in Markdown."""
        return sys.modules[self._module].__doc__ or ""

    @property
    def summary(self) -> str:
        """The first sentence of its page."""
        return self.page.strip().partition("\n")[0]

    def problems(self, subject: Subject) -> Iterable[Problem]:
        """Return what is wrong with *subject*."""
        return self.function(subject)


def rule(
    *subjects: type[Any],
    severity: Severity,
    default: bool = True,
    options: Mapping[str, object] | None = None,
) -> Callable[[Callable[[Any], Iterable[Problem]]], Rule[Any]]:
    """Return the decorator that makes a rule of a function over *subjects*."""

    def decorate(function: Callable[[Any], Iterable[Problem]]) -> Rule[Any]:
        *_, area, name = function.__module__.split(".")
        return Rule(
            name=name.replace("_", "-"),
            area=area,
            module=function.__module__,
            subjects=subjects,
            severity=severity,
            default=default,
            options=dict(options or {}),
            function=function,
        )

    return decorate
