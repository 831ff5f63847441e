"""
The key of a label breaks the rules for keys.

Keys begin with a small letter, end with a small letter or digit, and have small letters, digits, single dots and single hyphens in between.
`com.docker.*`, `io.docker.*` and `org.dockerproject.*` are Docker's own.
Registries and selectors may not find, or refuse, anything else.

Bad:

```dockerfile
FROM python:3.12-slim
LABEL Model.Name="ranker"
```

Good:

```dockerfile
FROM python:3.12-slim
LABEL com.example.model-name="ranker"
```

## Equivalents

hadolint DL3048.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Label
from boxwright.text.source import Span

_RESERVED = ("com.docker.", "io.docker.", "org.dockerproject.")


@rule(Build, severity=Severity.INFO)
def invalid_label_key(build: Build) -> Iterator[Problem]:
    bad: dict[int, dict[str, Span]] = {}
    for label in build.of(Label):
        for pair in label.pairs:
            key = pair.name.value
            if "$" in key:
                continue
            if key.startswith(_RESERVED):
                yield Problem(f"the label `{key}` is in a name space of Docker's", pair.name.span)
            elif not _valid().fullmatch(key):
                stage = label.stage.index if label.stage is not None else -1
                bad.setdefault(stage, {}).setdefault(key, pair.name.span)
    for found in bad.values():
        are = "are no valid keys of labels" if len(found) > 1 else "is no valid key of a label"
        yield Problem(f"{names([*found])} {are}", next(iter(found.values())))


@functools.cache
def _valid() -> re.Pattern[str]:
    return re.compile(r"[a-z](?:[.-]?[a-z0-9])*")
