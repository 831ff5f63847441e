"""
pip, setuptools or wheel is brought up to whatever version is newest.

The image has a pip that was tested with its Python.
An upgrade without a version makes the build depend on the day: a new setuptools that drops an old interface breaks every package that is built from source.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --upgrade pip setuptools
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir --upgrade pip==25.0.1 setuptools==75.8.0
```

## When it is fine

Where the pip of an old base image is too old for the wheels that are needed: name the version then.

## Equivalents

hadolint DL3013.

This rule and `unpinned-python-packages` share that code: this one takes `--upgrade` of pip, setuptools and wheel.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import OWN_TOOLS, names, open_packages
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO)
def pip_upgraded_unpinned(build: Build) -> Iterator[Problem]:
    for found in open_packages(build):
        tools = [(name, word) for name, word in found.packages if name in OWN_TOOLS]
        if found.upgrades and tools:
            verb = "are" if len(tools) > 1 else "is"
            shown = names([name for name, _ in tools])
            yield Problem(
                message=f"{shown} {verb} upgraded to whatever version is newest",
                span=tools[0][1].span,
            )
