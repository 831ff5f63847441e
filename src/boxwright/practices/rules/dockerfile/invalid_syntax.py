"""
The file is not what a build can read.

BuildKit refuses the whole file for one such place, and tells of the first one only. Here
each of them is told with its line and column, and the rest of the file is checked all the
same.

A file that is not text is reported by this rule too, whatever it was meant to be: one with
a NUL byte, in UTF-16, or with bytes that are not UTF-8. Those in a comment do no harm to a
build, but whoever opens the file sees something else than its author.

Bad:

```dockerfile
FROM python:3.12-slim
RUM pip install --no-cache-dir flask
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir flask
```

## Equivalents

hadolint DL1000, DL3061, tally require-stages, unknown-instruction.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.ERROR)
def invalid_syntax(build: Build) -> Iterator[Problem]:
    for problem in build.dockerfile.problems:
        yield Problem(problem.message, problem.span)
