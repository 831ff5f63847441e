"""Rules made up for the tests of what runs, silences and applies rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.check import Checked, check_source
from boxwright.practices.discovery import Kind
from boxwright.practices.rule import Problem, Rule
from boxwright.practices.selection import Selection
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit
from boxwright.text.source import Source, Span

TODAY = date(2026, 11, 21)


class PagedRule(Rule[Any]):
    """A rule whose page is given and not its module's docstring."""

    given = ""

    @property
    def page(self) -> str:
        return self.given


def make_rule(
    name: str,
    function: Callable[[Any], Iterable[Problem]],
    *,
    severity: Severity = Severity.WARNING,
    area: str = "dockerfile",
    subjects: tuple[type[Any], ...] = (Build,),
    default: bool = True,
    options: Mapping[str, object] | None = None,
    page: str = "",
) -> Rule[Any]:
    rule = PagedRule(
        name=name,
        area=area,
        module=__name__,
        subjects=subjects,
        severity=severity,
        default=default,
        options=options or {},
        function=function,
    )
    rule.given = page
    return rule


def word_rule(
    word: str,
    better: str | None = None,
    *,
    name: str = "",
    severity: Severity = Severity.WARNING,
    applicability: Applicability = Applicability.SAFE,
    changes: tuple[str, ...] = (),
    page: str = "",
    kind: type[Any] = Build,
    area: str = "dockerfile",
) -> Rule[Any]:
    """Return a rule that finds *word*, and whose fix is to write *better* in its place."""

    def find(subject: Any) -> Iterator[Problem]:  # noqa: ANN401
        for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", subject.source.text):
            span = Span(*match.span())
            fix = (
                None
                if better is None
                else Fix(f"Write {better}", (Edit.replace(span, better),), applicability, changes)
            )
            yield Problem(f"`{word}` is found", span, fix)

    return make_rule(
        name or f"says-{word.lower()}",
        find,
        severity=severity,
        page=page,
        subjects=(kind,),
        area=area,
    )


def selection(*rules: Rule[Any], **keywords: Any) -> Selection:  # noqa: ANN401
    """Return all of *rules*, and those about suppressions, which are on by themselves."""
    from boxwright.practices.registry import rules as rules_in

    return Selection(among=(*rules, *rules_in("suppression")), **keywords)


def checked(text: str, *rules: Rule[Any], kind: Kind = Kind.DOCKERFILE, name: str = "") -> Checked:
    """Return what *rules* find in *text*."""
    source = Source(name or ("Dockerfile" if kind is Kind.DOCKERFILE else "file"), text)
    return check_source(source, kind, today=TODAY, selection=selection(*rules))


def found(text: str, *rules: Rule[Any], kind: Kind = Kind.DOCKERFILE) -> list[tuple[str, int]]:
    """Return rule and line of what *rules* find in *text*."""
    result = checked(text, *rules, kind=kind)
    assert result.failures == ()
    return [(finding.rule, finding.start.line) for finding in result.findings]
