"""
The file is not YAML.

Whatever reads the file stops there, and often names a line further down. A key that is
there twice is told too: most readers take the last one and say nothing.

What can be read of the file is checked all the same.

Bad:

```yaml
services:
  api:
    image: "example/api:1.4
    ports: [8000]
```

Good:

```yaml
services:
  api:
    image: "example/api:1.4"
    ports: [8000]
```

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.workflow_file import Workflow


@rule(ComposeFile, KubernetesFile, Workflow, severity=Severity.ERROR)
def invalid_yaml(subject: ComposeFile | KubernetesFile | Workflow) -> Iterator[Problem]:
    file = subject.compose.file if isinstance(subject, ComposeFile) else subject.file
    for problem in file.problems:
        yield Problem(problem.message, problem.span)
