"""
The file says a version of the Compose file format.

There are no versions of it any more: Compose reads every file by the one Compose specification, and warns that `version` is obsolete.
Old readers that need it do not know today's keys, such as `depends_on` with conditions or device reservations.

Bad:

```yaml
version: "3.8"
services:
  api:
    image: example/api:1.4
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
```

## When it is fine

`docker stack deploy`, which is of Swarm, wants a version still.

## Fix

The line is removed. Safe: Compose ignores it.

## Equivalents

dclint no-version-field.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.edit import remove_pair


@rule(ComposeFile, severity=Severity.INFO)
def obsolete_version_field(file: ComposeFile) -> Iterator[Problem]:
    root = file.compose.root
    pair = root.own("version") if root is not None else None
    if root is None or pair is None:
        return
    edit = remove_pair(file.source, root, pair)
    fix = Fix("Remove `version`", (edit,), Applicability.SAFE, ("version",))
    yield Problem("`version` is obsolete, and nothing reads it", pair.key.span, fix)
