"""
Two findings in a Dockerfile, and the rules that found them.

This text is the page of both rules.

Bad:

```dockerfile
FROM python
```
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from boxwright.findings.finding import Applicability, Finding, Fix, Severity
from boxwright.practices.rule import Problem, Rule
from boxwright.text.edit import Edit
from boxwright.text.source import Source, Span


def found(
    source: Source,
    part: str,
    *,
    rule: str = "pip-cache-in-layer",
    severity: Severity = Severity.WARNING,
    message: str = "pip keeps its download cache in this layer",
    fix: Fix | None = None,
    fingerprint: str = "",
) -> Finding:
    """Return a finding about the first *part* of *source*."""
    start = source.text.index(part)
    span = Span(start, start + len(part))
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        path=source.name,
        span=span,
        start=source.position(span.start),
        end=source.position(span.end),
        fix=fix,
        fingerprint=fingerprint,
    )


def no_problems(_subject: object) -> Iterable[Problem]:
    return ()


def rule_named(name: str, *, severity: Severity, default: bool = True) -> Rule[Any]:
    return Rule(
        name=name,
        area="dockerfile",
        module=__name__,
        subjects=(object,),
        severity=severity,
        default=default,
        options={},
        function=no_problems,
    )


SOURCE = Source("api/Dockerfile", "FROM python\nRUN pip install torch\n")
PINNED = found(
    SOURCE,
    "python",
    rule="untagged-base",
    severity=Severity.ERROR,
    message="`python` has no tag",
    fingerprint="f1",
)
CACHED = found(
    SOURCE,
    "pip install",
    fix=Fix("Add `--no-cache-dir`", (Edit.insert(27, " --no-cache-dir"),), Applicability.SAFE),
    fingerprint="f2",
)
FINDINGS = (PINNED, CACHED)
CLEAN = Source("api/.dockerignore", ".git\n")
SOURCES = {source.name: source for source in (SOURCE, CLEAN)}
RULES = {
    "untagged-base": rule_named("untagged-base", severity=Severity.ERROR),
    "pip-cache-in-layer": rule_named(
        "pip-cache-in-layer", severity=Severity.WARNING, default=False
    ),
}
