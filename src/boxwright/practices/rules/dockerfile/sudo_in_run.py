"""
sudo is used in a build.

A build runs as root until `USER` says otherwise, so `sudo` changes nothing; where it does, the user who may use it is root by another name, in every container of the image.

Bad:

```dockerfile
FROM debian:13-slim
RUN sudo apt-get update
```

Good:

```dockerfile
FROM debian:13-slim
RUN apt-get update
```

## Fix

`sudo` is removed where the RUN is root's already and `sudo` has no options. Safe.

## Equivalents

hadolint DL3004, checkov CKV2_DOCKER_1, trivy DS-0010, dockle DKL-DI-0001, KICS "Run Using Sudo", semgrep no-sudo-in-dockerfile.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import ShellWord
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def sudo_in_run(build: Build) -> Iterator[Problem]:
    if "sudo" not in build.source.text:
        return
    for run in build.runs:
        words = list(_sudo(run))
        if not words:
            continue
        stage = build.stage_of(run)
        is_root = stage is not None and stage.user_at(run).is_root
        yield Problem(
            message="`sudo` is used, as root already" if is_root else "`sudo` is used in a build",
            span=words[0][0].span,
            fix=_fix(words) if is_root else None,
        )


def _sudo(run: Run) -> Iterator[tuple[ShellWord, ShellWord | None]]:
    """Yield each `sudo` of *run*, with the word behind it."""
    for command in run.commands:
        if "sudo" not in command.wrappers and command.program != "sudo":
            continue
        written = iter(command.written)
        word = next((item for item in written if item.value.endswith("sudo")), None)
        if word is not None:
            yield word, next(written, None)


def _fix(words: list[tuple[ShellWord, ShellWord | None]]) -> Fix | None:
    edits = [
        Edit(word.span.start, following.span.start, "")
        for word, following in words
        if following is not None and not following.value.startswith("-")
    ]
    # One that is left, with its options, would be found again.
    if len(edits) < len(words):
        return None
    return Fix("Remove `sudo`", tuple(edits), Applicability.SAFE)
