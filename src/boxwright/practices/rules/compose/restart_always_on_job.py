"""
A job is started again when it has come to its end.

With `restart: always` or `unless-stopped`, a training run that is done starts over, at the first epoch, on a GPU that somebody pays for, and may overwrite the model that it has made.
One that fails at once is restarted for ever.

Bad:

```yaml
services:
  train:
    image: example/train:1.4
    command: ["python", "train.py"]
    restart: always
```

Good:

```yaml
services:
  train:
    image: example/train:1.4
    command: ["python", "train.py"]
    restart: on-failure:3
```

## When it is fine

A script that is called like a training but waits for work and never ends.

## Fix

`restart` becomes `on-failure`. Unsafe: what ends without an error is not started again.

## Equivalents

None.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import set_key
from boxwright.practices.compose_services import running
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.WARNING)
def restart_always_on_job(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        path = ("restart",) if service.get("restart") is not None else _OF_DEPLOYMENT
        policy = service.text(*path)
        if policy not in {"always", "unless-stopped", "any"}:
            continue
        found = running(file, service)
        if found.kind not in {"training", "batch"}:
            continue
        app = found.command.app if found.command is not None else None
        what = f"`{app.value}`" if app is not None else f"`{service.name}`"
        yield Problem(
            f"{what} comes to an end, and `{path[-1]}: {policy}` starts it again",
            service.span_of(service.get(*path)),
            set_key(
                file,
                service,
                path,
                "on-failure",
                title="Restart it on failure only",
                applicability=Applicability.UNSAFE,
            ),
        )


_OF_DEPLOYMENT = ("deploy", "restart_policy", "condition")
