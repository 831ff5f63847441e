"""
wget draws its progress bar into the build's log.

Nobody sees a bar move in a log: each step of it is a line, and a model of some gigabytes makes tens of thousands of them.

Bad:

```dockerfile
FROM debian:13-slim
RUN wget https://example.com/model.onnx
```

Good:

```dockerfile
FROM debian:13-slim
RUN wget --progress=dot:giga https://example.com/model.onnx
```

## Fix

`--progress=dot:giga` is added. Safe.

## Equivalents

hadolint DL3047.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

_QUIET = (
    "-q", "--quiet", "-nv", "--no-verbose", "--progress", "-o", "--output-file", "-a",
    "--append-output", "-b", "--background", "--version", "--help", "--spider", "--show-progress",
)  # fmt: skip
_VALUED = (
    "output-document", "output-file", "append-output", "directory-prefix", "header", "timeout",
    "tries", "user-agent", "progress", "post-data", "user", "password", "input-file", "execute",
)  # fmt: skip


@rule(Build, severity=Severity.INFO)
def wget_progress(build: Build) -> Iterator[Problem]:
    for _, _, command in build.commands_of("wget"):
        words = [word.value for word in command.arguments]
        arguments = parse_arguments(command.arguments, "OoaPtTUie", _VALUED)
        if not words or arguments.has(*_QUIET) or any(word.startswith("-nv") for word in words):
            continue
        yield Problem(
            message="wget draws a progress bar into the build's log",
            span=command.start_span,
            fix=Fix(
                title="Add `--progress=dot:giga`",
                edits=(Edit.insert(command.start_span.end, " --progress=dot:giga"),),
                applicability=Applicability.SAFE,
            ),
        )
