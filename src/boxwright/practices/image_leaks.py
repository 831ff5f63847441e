"""Credentials in an image, as problems of the rule that is about their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import IGNORE_LABEL, printable
from boxwright.practices.rule import Problem

if TYPE_CHECKING:
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.scan.contents import Contents
    from boxwright.scan.leaks import Leak

_MOST = 200
"""Problems of one rule: beyond, an image is a collection of test keys, or made to flood us."""


def leaked(image: ImageSubject, *places: str) -> Iterator[Problem]:
    """Yield a problem for each credential in one of *places*, as Leak has them."""
    leaks = [leak for leak in image.contents.leaks if leak.place in places]
    for leak in leaks[:_MOST]:
        span = image.step_span(leak.step) if leak.step is not None else image.layer_span(leak.layer)
        yield Problem(
            f"{leak.kind} ({leak.redacted}) in {_place(leak)}{_end(image, leak)}",
            span,
            severity=None if leak.certain else Severity.WARNING,
        )
    if len(leaks) > _MOST:
        yield Problem(f"{len(leaks) - _MOST} more credentials", image.whole)


def _place(leak: Leak) -> str:
    name = printable(leak.name)
    match leak.place:
        case "file":
            return f"`/{name}`" + (f", line {leak.line}" if leak.line else "")
        case "environment":
            return f"the variable `{name}`"
        case "label":
            return f"the label `{name}`"
        case "annotation":
            return f"the annotation `{name}`"
        case "history":
            return f"the build argument `{name}`" if name else "the build history"
        case _:
            return "the command that is started"


def _end(image: ImageSubject, leak: Leak) -> str:
    """Return what became of it."""
    if leak.state == "live" or leak.removed_by is None:
        return ""
    line = image.source.position(image.layer_span(leak.removed_by).start).line
    return f", {leak.state} by line {line} and still in layer {leak.layer}"


RULES = {
    "file": "secret-in-layer",
    "history": "secret-in-history",
    "environment": "secret-in-image-configuration",
    "label": "secret-in-image-configuration",
    "command": "secret-in-image-configuration",
    "annotation": "secret-in-image-configuration",
}
"""Which rule is about credentials in which place."""


def counted_leaks(contents: Contents) -> tuple[Leak, ...]:
    """Return the credentials that are sure, less those that the image's own label silences."""
    said = contents.inspected.config.labels.get(IGNORE_LABEL, "").partition(" because ")[0]
    silenced = {name.strip() for name in said.split(",")}
    return tuple(
        leak for leak in contents.leaks if leak.certain and RULES.get(leak.place) not in silenced
    )
