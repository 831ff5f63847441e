r"""
The cache of npm or yarn stays in the layer.

Both keep what they fetch, next to what they unpack from it: mostly as much again.

Bad:

```dockerfile
FROM node:22-slim
RUN yarn install --frozen-lockfile
```

Good:

```dockerfile
FROM node:22-slim
RUN yarn install --frozen-lockfile && yarn cache clean
```

```dockerfile
FROM node:22-slim
RUN --mount=type=cache,target=/root/.npm npm ci
```

## When it is fine

With a cache mount it is, and in a stage that does not ship.

## Fix

The command that empties the cache is added. Safe.

## Equivalents

hadolint DL3060.

hadolint knows yarn only.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import left_caches, put_behind
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def node_cache_in_layer(build: Build) -> Iterator[Problem]:
    for left in left_caches(build, "npm", "yarn", "pnpm", "bun"):
        edit = put_behind(left.command, left.run, left.cache.cleaner)
        yield Problem(
            message=f"what {left.name} fetches stays in this layer",
            span=left.command.span,
            fix=Fix(
                title=f"Add `{left.cache.cleaner}`",
                edits=(edit,),
                applicability=Applicability.SAFE,
            )
            if edit is not None and not left.command.conditional
            else None,
        )
