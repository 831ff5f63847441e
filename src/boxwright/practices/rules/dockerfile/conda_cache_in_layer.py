"""
conda's package cache stays in the layer.

conda, mamba and micromamba keep each package as a downloaded archive and once more unpacked in `pkgs`, and the index of every channel besides.
The environment only links to the unpacked files, so the archives and all packages that were replaced are dead weight in the layer.

Bad:

```dockerfile
FROM condaforge/miniforge3:24.11.3-0
RUN conda install -y numpy=2.2
```

Good:

```dockerfile
FROM condaforge/miniforge3:24.11.3-0
RUN conda install -y numpy=2.2 && conda clean -afy
```

## When it is fine

In a stage whose layers do not ship, and with a cache mount at the folder of the packages (`/opt/conda/pkgs`).

## Fix

`conda clean -afy` is put behind the last command of the `RUN` that installs. Safe: environments link to their files, they do not need the cache.
Where that command is part of a pipe or of a script in quotes, there is none.

## Equivalents

semgrep remove-package-cache.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import LeftCache, left_caches, put_behind
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def conda_cache_in_layer(build: Build) -> Iterator[Problem]:
    # Cleaning behind the last command of a RUN is enough for all of them.
    last: dict[int, LeftCache] = {left.run.span.start: left for left in left_caches(build, "conda")}
    for left in last.values():
        conda = conda_command(left.command)
        if conda is None:
            continue
        cleaner = f"{left.command.words[0].raw} clean -afy"
        edit = put_behind(left.command, left.run, cleaner)
        yield Problem(
            message=f"`{conda.program} {conda.action}` leaves archives and index in this layer, in"
            f" `{left.folders[0]}`",
            span=conda.subcommand.span,
            fix=Fix(
                title=f"Clean up in the same `RUN` with `{conda.program} clean -afy`",
                edits=(edit,),
                applicability=Applicability.SAFE,
            )
            if edit is not None
            else None,
        )
