"""
A RUN changes its folder with `cd`.

The change ends with that instruction, so each further one begins elsewhere, and a reader has to follow.
`WORKDIR` says it once, and makes the folder.

Bad:

```dockerfile
FROM debian:13-slim
RUN cd /srv/tokenizer && make install
```

Good:

```dockerfile
FROM debian:13-slim
WORKDIR /srv/tokenizer
RUN make install
```

## When it is fine

Within a longer script that fetches, builds and cleans up, a `cd` is often the clearest way: the rule is off, and there for those who want it.

## Equivalents

hadolint DL3003, trivy DS-0013, KICS "RUN Instruction Using 'cd' Instead of WORKDIR", semgrep use-workdir.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO, default=False)
def cd_in_run(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of("cd"):
        where = f" to `{command.arguments[0].value}`" if command.arguments else ""
        yield Problem(message=f"`cd` changes{where} for this RUN only", span=command.span)
