"""
What starts many processes is process 1 itself.

Process 1 has duties: the kernel hands it every orphan, and the dead ones stay as zombies until it asks for them; and it gets no signal that it has no handler for.
`torchrun` and Celery start and lose processes all the time. An init such as tini does these duties and passes signals on.

Bad:

```dockerfile
FROM pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime
CMD ["torchrun", "--nproc_per_node=8", "train.py"]
```

Good:

```dockerfile
FROM pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini", "--"]
CMD ["torchrun", "--nproc_per_node=8", "train.py"]
```

## When it is fine

Where containers are started with `docker run --init`, or `init: true` in Compose: the engine then brings its own. In Kubernetes `shareProcessNamespace` does something like it.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.processes import place_of_start
from boxwright.practices.programs.servers import ServerCommand
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO)
def no_init_for_workers(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.server is None or not _has_children(stage.server):
        return
    if _has_init(stage):
        return
    yield Problem(
        message=f"`{stage.server.name}` starts processes, and is process 1 without an init",
        span=place_of_start(stage),
    )


_MANY = frozenset(
    {
        "celery", "rq", "rqworker", "dramatiq", "taskiq", "torchrun", "accelerate", "deepspeed",
        "horovodrun", "mpirun", "dask", "dask-worker", "ray", "airflow", "airflow-worker",
    }
)  # fmt: skip
_ONE = frozenset({"solo", "threads", "gevent", "eventlet"})
_INITS = frozenset(
    {"tini", "tini-static", "dumb-init", "docker-init", "catatonit", "init", "s6-svscan", "my_init"}
)


def _has_children(server: ServerCommand) -> bool:
    values = [word.value for word in server.command.arguments]
    if server.name == "celery" and ("beat" in values or "worker" not in values):
        return False
    pools = {value.partition("=")[2] or value for value in values}
    return server.name in _MANY and _ONE.isdisjoint(pools)


def _has_init(stage: StageFacts) -> bool:
    """Tell whether an init is process 1, or may be."""
    script = stage.start_script or stage.entrypoint_script
    if script is not None and any(name in script.text for name in ("tini", "dumb-init")):
        return True
    instruction = stage.entrypoint
    if instruction is None:
        facts = stage.base.facts
        if facts is None:
            return True
        first = facts.entrypoint[0] if facts.entrypoint else ""
        if first.rpartition("/")[2] in _INITS:
            return True
        instruction_words: tuple[str, ...] = ()
    else:
        instruction_words = tuple(word.value for word in instruction.exec or ())
    words = [*instruction_words, *(word.value for command in stage.start_commands
                                   for word in command.written)]  # fmt: skip
    return not _INITS.isdisjoint(word.rpartition("/")[2] for word in words)
