"""
uv's cache stays in the layer.

uv keeps every wheel that it unpacks in `~/.cache/uv`, to link it into environments.
Where it links, the files are there once; where it has to copy (`UV_LINK_MODE=copy`, another file system) they are in the layer twice, and downloads that it built from stay in any case.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir uv==0.9.26
RUN uv pip install --system torch==2.6.0
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir uv==0.9.26
RUN uv pip install --system --no-cache torch==2.6.0
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir uv==0.9.26
ENV UV_LINK_MODE=copy
RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system torch==2.6.0
```

## When it is fine

In a stage whose layers do not ship; with a cache mount; with `UV_NO_CACHE=1`; where the same `RUN` ends with `uv cache clean`.

## Fix

`--no-cache` is added. Safe.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import LeftCache, left_by_run
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def uv_cache_in_layer(build: Build) -> Iterator[Problem]:
    for left, *others in left_by_run(build, "uv"):
        commands = [found for each in (left, *others) if (found := uv_command(each.command))]
        if not commands:
            continue
        uv = commands[0]
        name = "uvx" if uv.subcommand.value.endswith("uvx") else f"uv {uv.action}"
        yield Problem(
            message=f"`{name}` keeps its cache in this layer, in `{left.folders[0]}`"
            + _mounted_elsewhere(left),
            span=uv.subcommand.span,
            fix=Fix(
                title="Add `--no-cache`",
                edits=tuple(Edit.insert(each.insert_at, " --no-cache") for each in commands),
                applicability=Applicability.SAFE,
            ),
        )


def _mounted_elsewhere(left: LeftCache) -> str:
    """Return what the message says of a mount that is meant for it, and is in another place."""
    for mount in left.run.mounts if left.run.flags else ():
        if mount.type == "cache" and "uv" in mount.target.rpartition("/")[2]:
            return f", not in `{mount.target}`, which is mounted"
    return ""
