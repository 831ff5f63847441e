"""
Both curl and wget are used in one stage.

They do the same, and each brings its libraries: one of them is a few megabytes, and packages to patch, for nothing.

Bad:

```dockerfile
FROM debian:13-slim
RUN wget -q https://example.com/tokenizer.json
RUN curl -fsSLO https://example.com/config.json
```

Good:

```dockerfile
FROM debian:13-slim
RUN curl -fsSLO https://example.com/tokenizer.json
RUN curl -fsSLO https://example.com/config.json
```

## When it is fine

In two stages of which one does not ship, each may have its own. A script that takes the other where one is missing is not reported by us either.

## Equivalents

hadolint DL4001, trivy DS-0014, KICS "Run Using 'wget' and 'curl'", semgrep use-either-wget-or-curl.

trivy and semgrep count over all stages.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO)
def curl_and_wget(build: Build) -> Iterator[Problem]:
    seen: dict[int, set[str]] = {}
    for stage, _, command in build.commands_of("curl", "wget"):
        programs = seen.setdefault(stage.index, set())
        if programs and command.program not in programs:
            other = "wget" if command.program == "curl" else "curl"
            yield Problem(
                message=f"`{command.program}` is used where `{other}` is used already",
                span=command.start_span,
            )
        programs.add(command.program)
