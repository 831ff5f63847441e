"""
A parser directive is not read.

`# syntax=`, `# escape=` and `# check=` count only at the very top: a blank line, a comment or an instruction before them, or a letter missing, and they are comments.
Then an old frontend may build the file, or a check that was to be skipped is not.

Bad:

```dockerfile
# The image of the ranking service.
# syntax=docker/dockerfile:1
FROM python:3.12-slim
```

```dockerfile
# synatx=docker/dockerfile:1
FROM python:3.12-slim
```

Good:

```dockerfile
# syntax=docker/dockerfile:1
# The image of the ranking service.
FROM python:3.12-slim
```

## Equivalents

tally syntax-directive-typo.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

_NAMES = ("syntax", "escape", "check")


@rule(Build, severity=Severity.WARNING)
def mistyped_directive(build: Build) -> Iterator[Problem]:
    dockerfile = build.dockerfile
    first = dockerfile.instructions[0].first_line if dockerfile.instructions else 0
    read = {directive.span.start for directive in dockerfile.directives}
    for comment in dockerfile.comments:
        if first and comment.line >= first:
            return
        name, equals, value = (part.strip() for part in comment.text.partition("="))
        if not equals or not value or comment.span.start in read or len(name.split()) != 1:
            continue
        lowered = name.lower()
        if lowered in _NAMES:
            yield Problem(
                message=f"`{name}` is no directive here, as something stands above it",
                span=comment.span,
            )
        elif len(value.split()) == 1 and _is_nearly(lowered):
            yield Problem(
                f"`{name}` is no directive; did you mean `{_nearest(lowered)}`?", comment.span
            )


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, _NAMES, n=1, cutoff=0.7)), "")


def _is_nearly(name: str) -> bool:
    # Cheap first: difflib takes longer to load than most files to check.
    return name[:1] in ("s", "e", "c") and 4 <= len(name) <= 8 and bool(_nearest(name))
