"""
pip's download cache stays in the layer.

`pip install` keeps what it downloads, and the wheels that it builds, in `~/.cache/pip`.
Nothing in an image reads that copy again: it makes the layer larger by about the size of the wheels, which for a deep-learning stack is gigabytes.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install torch==2.6.0
```

```dockerfile
FROM python:3.12-slim
RUN pip install torch==2.6.0
RUN rm -rf /root/.cache/pip
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=cache,target=/root/.cache/pip pip install torch==2.6.0
```

## When it is fine

A cache mount keeps the cache out of the layer, and so does emptying it in the same `RUN`.
`PIP_NO_CACHE_DIR` turns it off, whatever it is set to.
In a stage whose layers do not ship it costs space on the build machine only: the finding is an information there.

## Fix

`--no-cache-dir` is added. Safe.

## Equivalents

hadolint DL3042, KICS "Pip install Keeping Cached Packages".

hadolint also reports a cache that is emptied in the same `RUN` (`&& rm -rf /root/.cache`, `&& pip cache purge`), one below a mount (`target=/root/.cache`), and one that an `ARG` turns off; and it takes `PIP_NO_CACHE_DIR=0` for a cache that is on, which pip does not.
It overlooks `pip download`, `pip wheel`, and pip behind `sudo`, with a path, or in a script in quotes.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import left_by_run
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def pip_cache_in_layer(build: Build) -> Iterator[Problem]:
    for left, *others in left_by_run(build, "pip", shipped_only=False):
        commands = [found for each in (left, *others) if (found := pip_command(each.command))]
        if not commands:
            continue
        pip = commands[0]
        yield Problem(
            message=f"`{pip.program.value.rpartition('/')[2]} {pip.action}` keeps what it downloads"
            f" in this layer, in `{left.folders[0]}`",
            span=pip.program.span._replace(end=pip.subcommand.span.end)
            if pip.program.span.end < pip.subcommand.span.end
            else pip.subcommand.span,
            fix=Fix(
                title="Add `--no-cache-dir`",
                edits=tuple(Edit.insert(each.insert_at, " --no-cache-dir") for each in commands),
                applicability=Applicability.SAFE,
            ),
            severity=None if left.stage.ships else Severity.INFO,
        )
