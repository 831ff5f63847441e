"""
A service that starts processes has nothing that looks after them.

The first process of a container has to collect those that end and to pass signals on; `torchrun`, `accelerate` and shells were not made for that.
Workers of a data loader that were left behind stay as zombies, and a training run that is told to stop gets no chance to write its checkpoint before it is killed.

Bad:

```yaml
services:
  train:
    image: example/train:1.4
    command: ["torchrun", "--nproc_per_node=2", "train.py"]
```

Good:

```yaml
services:
  train:
    image: example/train:1.4
    command: ["torchrun", "--nproc_per_node=2", "train.py"]
    init: true
```

## When it is fine

Where `tini` or `dumb-init` starts the rest, in the command or the image, or where the command may go to an entrypoint that is not known to be none, as far as that can be seen.

## Fix

`init: true` is added. Unsafe: what wants to be the first process itself (`s6`, `systemd`) does not start any more.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import set_key
from boxwright.practices.compose_services import is_partial, running
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service


@rule(ComposeFile, severity=Severity.INFO)
def missing_init(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    for service in file.services:
        if service.get("init") is not None or _has_init(file, service):
            continue
        found = running(file, service)
        if found.kind not in {"training", "worker"} or found.command is None:
            continue
        name = found.command.command.program
        if any(word.value == "beat" for word in found.command.command.words):
            # Celery's clock starts nothing.
            continue
        fix = set_key(
            file,
            service,
            ("init",),
            "true",
            title="Add `init: true`",
            applicability=Applicability.UNSAFE,
        )
        message = f"`{name}` is the first process of `{service.name}`, and collects no other"
        yield Problem(message, service.span, fix)


def _has_init(file: ComposeFile, service: Service) -> bool:
    commands = list(service.start)
    build = file.build(service)
    if build is not None and build.final is not None and service.get("entrypoint") is None:
        entrypoint = build.final.entrypoint
        commands += build.final.start_commands
        commands += entrypoint.commands if entrypoint is not None else ()
    return any(
        word.value.rpartition("/")[2] in _INITS
        for command in commands
        for word in command.written[:2]
    ) or any(not _INITS.isdisjoint(command.wrappers) for command in commands)


_INITS = frozenset(
    {"tini", "tini-static", "dumb-init", "catatonit", "s6-svscan", "init", "supervisord"}
)
