"""
curl takes an error page for the file.

Without `-f`, curl ends with success whatever the server answers.
`404 Not Found` is then what is unpacked, installed or served as a model, and the build says nothing.

Bad:

```dockerfile
FROM debian:13-slim
RUN curl -L -o /models/ranker.onnx https://example.com/ranker.onnx
```

Good:

```dockerfile
FROM debian:13-slim
RUN curl -fL -o /models/ranker.onnx https://example.com/ranker.onnx
```

## When it is fine

Where a checksum of the file is verified, an error page does not pass it, and is not reported.

## Fix

`-f` is added. Safe: what succeeds with it is what succeeded before.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.downloads import downloads, unverified
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def curl_without_fail(build: Build) -> Iterator[Problem]:
    checked: dict[int, frozenset[int]] = {}
    for _, run, command in build.commands_of("curl"):
        found = downloads(command)
        if not found or found[0].fails_on_error:
            continue
        first = found[0]
        # What nobody stores, unpacks or runs is a request, not a download.
        if not first.output and not _is_piped(command.pipeline, command.number, run.commands):
            continue
        if run.span.start not in checked:
            checked[run.span.start] = frozenset(
                item.url_word.span.start for item in unverified(run.commands)
            )
        if first.url_word.span.start not in checked[run.span.start]:
            continue
        yield Problem(
            message=f"without `-f` curl takes an error page of the server for"
            f" `{first.name or first.host}`",
            span=command.start_span,
            fix=Fix(
                title="Add `-f`",
                edits=(Edit.insert(command.start_span.end, " -f"),),
                applicability=Applicability.SAFE,
            ),
        )


def _is_piped(pipeline: int, number: int, commands: tuple[object, ...]) -> bool:
    return any(
        getattr(other, "pipeline", -1) == pipeline and getattr(other, "number", -1) > number
        for other in commands
    )
