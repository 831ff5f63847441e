r"""
A variable is used in the ENV that sets it.

All values of one `ENV` are expanded before any of them is set: the second sees what the variable was before, mostly nothing.

Bad:

```dockerfile
FROM python:3.12-slim
ENV APP=/srv/app \
    PATH=$APP/bin:$PATH
```

Good:

```dockerfile
FROM python:3.12-slim
ENV APP=/srv/app
ENV PATH=$APP/bin:$PATH
```

## When it is fine

Where the variable has a value already (from an `ARG`, an earlier `ENV` or the base image, as `PATH` has), that one is used and may be meant: `PATH=/opt/venv/bin:$PATH` is the usual way.

## Equivalents

hadolint DL3044.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.syntax.dockerfile.scopes import environment_at
from boxwright.syntax.dockerfile.variables import variables


@rule(Build, severity=Severity.ERROR)
def env_self_reference(build: Build) -> Iterator[Problem]:
    for env in build.of(Env):
        names = {pair.name.value for pair in env.pairs}
        said: set[str] = set()
        for pair in env.pairs:
            if "$" not in pair.value.raw:
                continue
            for use in variables(pair.value.raw, env.escape):
                if use.name not in names:
                    continue
                # Alone, `ENV PATH=$PATH:/x` extends what the base image has.
                if use.name == pair.name.value or use.name in environment_at(env):
                    continue
                if use.name in said:
                    continue
                said.add(use.name)
                yield Problem(
                    message=f"`${use.name}` is set by this same `ENV`, which does not see it yet",
                    span=env.part_span(pair.value, use.start, use.end),
                )
