"""
A stage is built for nothing, or not at all.

BuildKit leaves out what the last stage does not need; the legacy builder and some CI builders build it all the same, and wait for it.
Mostly a `COPY --from` was lost, or the stage is a rest.

Bad:

```dockerfile
FROM python:3.12 AS builder
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY . /srv
CMD ["python", "/srv/serve.py"]
```

Good:

```dockerfile
FROM python:3.12 AS builder
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=builder /srv /srv
CMD ["python", "/srv/serve.py"]
```

```dockerfile
FROM python:3.12 AS base
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM base AS test
RUN python -m pytest /srv

FROM base
CMD ["python", "/srv/serve.py"]
```

## When it is fine

A stage that is asked for by `--target`: one that has a name such as `test`, `lint`, `dev` or `gpu`, or that says what it starts, is taken for such a target, with all that it needs.
So are the stages that a variable chooses from, as in `FROM base-${TARGETARCH}`, and all above a `FROM ${BASE_IMAGE}`.

## Equivalents

tally no-unreachable-stages.

tally reports every stage that the last one does not need, targets too.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint, Expose, Healthcheck
from boxwright.syntax.dockerfile.variables import variables

_TARGETS = frozenset(
    {
        "app", "api", "archive", "artifact", "artifacts", "bench", "benchmark", "check", "ci", "cli", "cpu",
        "coverage", "cuda", "debug", "demo", "deploy", "dev", "devcontainer", "devel",
        "development", "dist", "doc", "docs", "e2e", "export", "final", "format", "gpu", "image",
        "integration", "jupyter", "lint", "linter", "lock", "migrate", "notebook", "output",
        "prod", "production", "publish", "release", "rocm", "run", "runner", "runtime", "serve",
        "server", "shell", "staging", "target", "test", "tester", "testing", "tests", "train",
        "training", "typecheck", "unit", "update", "validate", "vendor", "verify", "worker", "xpu",
    }
)  # fmt: skip


@rule(Build, severity=Severity.INFO)
def unused_stage(build: Build) -> Iterator[Problem]:
    stages = build.stages
    if len(stages) < 2:
        return
    waiting = [stages[-1], *(stage for stage in stages if _is_target(stage))]
    waiting += _choices(build)
    if build.final is not None:
        waiting.append(build.final)
    used: set[int] = set()
    while waiting:
        stage = waiting.pop()
        if stage.index not in used:
            used.add(stage.index)
            waiting.extend(stage.needs)
    for stage in stages:
        if stage.index not in used:
            name = f"`{stage.name}`" if stage.name else f"number {stage.index}"
            span = (stage.stage.from_.name or stage.stage.from_.image).span
            yield Problem(f"no other stage needs the stage {name}", span)


def _choices(build: Build) -> list[StageFacts]:
    """Return the stages that a FROM with a variable may mean: `FROM base-${TARGETARCH}`."""
    import re

    names = {stage.name: stage for stage in build.stages if stage.name}
    patterns = set()
    chosen: list[StageFacts] = []
    for stage in build.stages:
        from_ = stage.stage.from_
        uses = variables(from_.image.raw, from_.escape)
        if not uses:
            continue
        raw = from_.image.raw
        parts, at = [], 0
        for use in uses:
            if use.start >= at:
                parts.append(re.escape(raw[at : use.start]))
                at = use.end
        pattern = ".*".join([*parts, re.escape(raw[at:])])
        if pattern == ".*" and stage.parent is None:
            # A variable alone may name any stage above.
            chosen += [each for each in names.values() if each.index < stage.index]
        else:
            patterns.add(pattern)
    if not patterns:
        return chosen
    form = re.compile("|".join(sorted(patterns)))
    return chosen + [stage for name, stage in names.items() if form.fullmatch(name)]


def _is_target(stage: StageFacts) -> bool:
    if not stage.name:
        return False
    words = stage.name.replace("_", "-").replace(".", "-").split("-")
    if not _TARGETS.isdisjoint(words):
        return True
    kinds = (Cmd, Entrypoint, Expose, Healthcheck)
    return any(isinstance(instruction, kinds) for instruction in stage.instructions)
