"""
The stop signal gives the program no chance to finish.

STOPSIGNAL is what `docker stop`, Compose and Kubernetes send first. SIGKILL and SIGSTOP cannot be handled by any program.
Others mean something else to a server: gunicorn breaks requests off at SIGQUIT, Celery drops running tasks, and SIGHUP makes it load its settings again.

Bad:

```dockerfile
FROM python:3.12-slim
STOPSIGNAL SIGKILL
CMD ["python", "train.py"]
```

```dockerfile
FROM python:3.12-slim
STOPSIGNAL SIGQUIT
CMD ["gunicorn", "app:app"]
```

Good:

```dockerfile
FROM python:3.12-slim
STOPSIGNAL SIGTERM
CMD ["gunicorn", "app:app"]
```

```dockerfile
FROM nginx:1.29
STOPSIGNAL SIGQUIT
```

## When it is fine

Where the program really waits for another signal, as nginx does for SIGQUIT. Those of programs that are not known are not judged.

## Fix

SIGTERM, the default, is put in its place. Unsafe: the program may not heed it, and is then killed ten seconds later.

## Equivalents

tally no-ungraceful-stopsignal.

tally judges SIGKILL and SIGSTOP only.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Stopsignal
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def ungraceful_stop_signal(build: Build) -> Iterator[Problem]:
    effective = _effective(build.final)
    for instruction in build.of(Stopsignal):
        word = instruction.signal
        if word is None:
            continue
        stage = build.stage_of(instruction)
        text = stage.expanded(word.raw, instruction) if stage is not None else word.value
        name = _name(text or "")
        message = ""
        if name in {"KILL", "STOP"}:
            message = f"no program can handle `SIG{name}`"
        elif instruction is effective and build.final is not None:
            message = _misunderstood(build.final, name)
        if message:
            yield Problem(
                message=message,
                span=word.span,
                fix=Fix(
                    title="Use `SIGTERM`",
                    edits=(Edit.replace(word.span, "SIGTERM"),),
                    applicability=Applicability.UNSAFE,
                ),
            )


def _effective(stage: StageFacts | None) -> Stopsignal | None:
    """Return the STOPSIGNAL that counts for *stage*."""
    for each in stage.chain if stage is not None else ():
        own = each.of(Stopsignal)
        if own:
            return own[-1]
    return None


_NUMBERS = {
    "1": "HUP",
    "2": "INT",
    "3": "QUIT",
    "9": "KILL",
    "10": "USR1",
    "12": "USR2",
    "15": "TERM",
    "19": "STOP",
}
_RUDE = {
    "gunicorn": {
        "INT": "breaks requests off",
        "QUIT": "breaks requests off",
        "HUP": "loads its settings again",
        "USR1": "opens its logs again",
        "USR2": "starts a second time",
    },
    "celery": {
        "QUIT": "drops running tasks",
        "HUP": "starts again",
        "USR1": "writes its stacks out",
    },
    "uvicorn": {"QUIT": "dies at once", "HUP": "dies at once", "USR1": "dies at once"},
    "vllm": {"QUIT": "dies at once", "HUP": "dies at once"},
    "nginx": {"HUP": "loads its settings again", "WINCH": "stops its workers only"},
    "torchrun": {"USR1": "dies at once", "USR2": "dies at once"},
}
"""What servers do at signals that are not the one to stop by."""


def _name(text: str) -> str:
    text = text.strip().upper()
    return _NUMBERS.get(text, text.removeprefix("SIG"))


def _misunderstood(stage: StageFacts, name: str) -> str:
    server = stage.server
    if server is None:
        return ""
    does = _RUDE.get(server.name, {}).get(name)
    return f"at `SIG{name}` {server.name} {does}" if does else ""
