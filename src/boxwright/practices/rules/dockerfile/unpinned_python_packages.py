"""
A Python package is installed in whatever version is newest.

The same Dockerfile then makes another image next week: a package that was released in between comes in unasked, with its bugs and its own new dependencies, and nobody can tell which versions yesterday's image had.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch numpy==2.2.6
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir git+https://github.com/openai/CLIP.git
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0 numpy==2.2.6
```

```dockerfile
FROM python:3.12-slim
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
```

## When it is fine

Files, folders, and what a requirements or constraints file in the same command may pin.
What is in these files `unpinned-requirements` looks at; pip's own upgrade `pip-upgraded-unpinned`.

## Equivalents

hadolint DL3013, KICS "Unpinned Package Version in Pip Install".

Any version specifier is enough here, as it is for hadolint.
Packages that `uv pip install`, `uv tool install`, `pipx install` and conda take are looked at besides, and so are those that hadolint overlooks: behind `sudo`, for a pip with a path, beside `-e .`, with a marker, or from `git+ssh://git@…`.
A variable without a known value and the extras of a local project (`.[dev]`) are left alone, where hadolint reports them.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import OWN_TOOLS, names, open_packages
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.open_versions import OpenPackages
    from boxwright.syntax.shell.command import ShellWord


@rule(Build, severity=Severity.WARNING)
def unpinned_python_packages(build: Build) -> Iterator[Problem]:
    by_run: dict[int, list[tuple[str, ShellWord]]] = {}
    for found in open_packages(build):
        by_run.setdefault(found.run.span.start, []).extend(_others(found))
    for packages in by_run.values():
        if not packages:
            continue
        verb = "have" if len(packages) > 1 else "has"
        shown = names(list(dict.fromkeys(name for name, _ in packages)))
        yield Problem(message=f"{shown} {verb} no version", span=packages[0][1].span)


def _others(found: OpenPackages) -> list[tuple[str, ShellWord]]:
    """Return the packages that are not the installer itself, brought up to date."""
    return [
        (name, word) for name, word in found.packages if not (found.upgrades and name in OWN_TOOLS)
    ]
