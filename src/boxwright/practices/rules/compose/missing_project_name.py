"""
The project has no name of its own.

Compose then calls it after the folder: two clones in folders of one name are one project, whose `down` stops both, and volumes are lost from sight when the folder is renamed.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
```

Good:

```yaml
name: sentiment
services:
  api:
    image: example/api:1.4
```

## When it is fine

Where clones shall be apart, the name of the folder is the better one; so this rule is off unless it is asked for.

## Equivalents

dclint require-project-name-field.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.INFO, default=False)
def missing_project_name(file: ComposeFile) -> Iterator[Problem]:
    root = file.compose.root
    if root is not None and root.pairs and root.get("name") is None:
        yield Problem(
            "the project has no `name`, and gets that of its folder", root.pairs[0].key.span
        )
