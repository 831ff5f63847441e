"""
FROM uses an argument that is not declared above the first FROM.

FROM sees only the `ARG` instructions before the first FROM, and the platforms. Any other variable is empty there: `python:$TAG` becomes `python:`, which is refused, and no `--build-arg` helps.

Bad:

```dockerfile
ARG PYTHON_VERSION=3.12
FROM python:${PYTHON_VERSON}-slim
```

Good:

```dockerfile
ARG PYTHON_VERSION=3.12
FROM python:${PYTHON_VERSION}-slim
```

## Fix

A name that was mistyped is written right; an `ARG` with a default that stands in a stage above is repeated before the first FROM. Unsafe: what is built is something else, though what was meant.

## Equivalents

BuildKit UndefinedArgInFrom.

Where the variable has a default of its own, `${TAG:-3.12}`, the build works and only the argument is never taken: that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Arg, Argument, From
from boxwright.syntax.dockerfile.scopes import PLATFORM_ARGUMENTS
from boxwright.syntax.dockerfile.variables import VariableUse, variables
from boxwright.text.edit import Edit
from boxwright.text.source import Span


@rule(Build, severity=Severity.ERROR)
def undeclared_argument_in_from(build: Build) -> Iterator[Problem]:
    declared = {
        argument.name.value
        for instruction in build.dockerfile.global_arguments
        for argument in instruction.declared
    }
    known = sorted({*declared, *PLATFORM_ARGUMENTS})
    inside: dict[str, Argument] | None = None
    for from_ in build.of(From):
        if "$" not in from_.line.text:
            continue
        for use, span in _uses(from_):
            if use.name in declared or use.name in PLATFORM_ARGUMENTS:
                continue
            if inside is None:
                inside = _declared_inside(build)
            argument = inside.get(use.name)
            if argument is not None and argument.span.start > from_.span.start:
                argument = None
            yield _problem(build, use, span, argument, known)


def _uses(from_: From) -> Iterator[tuple[VariableUse, Span]]:
    for use in variables(from_.image.raw, from_.escape):
        yield use, from_.part_span(from_.image, use.start, use.end)
    platform = from_.platform
    if platform is not None:
        for use in variables(platform.value, from_.escape):
            yield use, platform.value_span


def _problem(
    build: Build, use: VariableUse, span: Span, inside: Argument | None, known: list[str]
) -> Problem:
    severity = Severity.WARNING if use.modifier in ("-", ":-") else None
    if inside is not None:
        return Problem(
            message=f"`{use.name}` is declared inside of a stage, where FROM does not see it",
            span=span,
            fix=_repeat(build, inside),
            severity=severity,
        )
    # Among very many names a nearest one is no guess any more.
    nearest = _nearest(use.name, known) if len(known) < 100 else ""
    if not nearest:
        return Problem(
            f"`{use.name}` is not declared above the first FROM", span, severity=severity
        )
    text = build.source.text[span.start : span.end]
    return Problem(
        message=f"`{use.name}` is not declared above the first FROM; did you mean `{nearest}`?",
        span=span,
        fix=Fix(
            title=f"Write `{nearest}`",
            edits=(Edit.replace(span, text.replace(use.name, nearest, 1)),),
            applicability=Applicability.UNSAFE,
        )
        if text.count(use.name) == 1
        else None,
        severity=severity,
    )


def _declared_inside(build: Build) -> dict[str, Argument]:
    """Return the arguments that stages declare, each where that is first done."""
    found: dict[str, Argument] = {}
    for arg in build.dockerfile.of(Arg):
        if arg.stage is not None and not arg.stage.is_implied:
            for argument in arg.declared:
                found.setdefault(argument.name.value, argument)
    return found


def _repeat(build: Build, argument: Argument) -> Fix | None:
    if argument.default is None or "$" in argument.default.raw:
        return None
    first = build.dockerfile.of(From)[0]
    start = (first.comments[0] if first.comments else first).span.start
    declaration = f"{keyword('ARG', build.dockerfile)} {argument.name.value}={argument.default.raw}"
    return Fix(
        title=f"Declare `{declaration}` before the first FROM",
        edits=(Edit.insert(start, f"{declaration}{build.source.newline}"),),
        applicability=Applicability.UNSAFE,
        changes=("+ARG",),
    )


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), "")
