"""
A suppression silences nothing.

A comment that outlives what it was written for hides the next finding of that kind from
whoever brings it back, and tells readers that something here is wrong which is not.

Only `# boxwright:` comments are judged: those for other tools may silence what only the
other tool finds. A name whose rule is switched off is left alone.

Bad:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
# boxwright: ignore[relative-workdir] because the old base began elsewhere
WORKDIR /app/src
```

```dockerfile
FROM python:3.12-slim
# boxwright: ignore[pip-cash-in-layer] because the builder cleans it
WORKDIR /app
```

Good:

```dockerfile
FROM python:3.12-slim
WORKDIR /app
WORKDIR /app/src
```

## Fix

Removes the comment, or the names that silence nothing. Safe: comments are not in the image.

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.registry import nearest_name
from boxwright.practices.rule import Problem, rule
from boxwright.practices.suppression import Suppressions
from boxwright.text.edit import Edit
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.practices.suppression import Name, Suppression
    from boxwright.text.source import Source


@rule(Suppressions, severity=Severity.WARNING)
def unused_suppression(file: Suppressions) -> Iterator[Problem]:
    for suppression, names in file.unused():
        if suppression.error:
            yield Problem(suppression.error, suppression.span)
            continue
        unknown = [name for name in names if not file.is_known(name)]
        for name in unknown:
            nearest = nearest_name(name.text)
            meant = f"; did you mean `{nearest}`?" if nearest else ""
            yield Problem(
                f"the suppression names `{name.text}`, which is no rule{meant}", name.span
            )
        unused = [name for name in names if name not in unknown]
        if unused:
            listed = " and ".join(f"`{name.text}`" for name in unused)
            finds = "finds" if len(unused) == 1 else "find"
            whole = len(names) == len(suppression.names)
            yield Problem(
                f"{listed} {finds} nothing here that the suppression could silence",
                suppression.span if whole else unused[0].span,
                _removal(file.source, suppression, unused),
            )


def _removal(source: Source, suppression: Suppression, unused: list[Name]) -> Fix:
    kept = [name.text for name in suppression.names if name not in unused]
    if kept:
        inside = Span(suppression.names[0].span.start, suppression.names[-1].span.end)
        edit = Edit.replace(inside, ", ".join(kept))
        title = "Remove " + " and ".join(f"`{name.text}`" for name in unused)
    else:
        edit = Edit.delete(_whole(source, suppression.span))
        title = "Remove the suppression"
    return Fix(title, (edit,), Applicability.SAFE)


def _whole(source: Source, comment: Span) -> Span:
    """Return *comment* with the blanks before it, and its line where nothing else is on that."""
    text = source.text
    start = comment.start
    while start and text[start - 1] in " \t":
        start -= 1
    if start and text[start - 1] not in "\n\ufeff":
        return Span(start, comment.end)
    end = text.find("\n", comment.end)
    return Span(start, end + 1 if end >= 0 else len(text))
