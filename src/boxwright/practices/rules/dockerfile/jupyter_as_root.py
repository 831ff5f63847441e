"""
A notebook server runs as root.

Jupyter refuses to, unless it is told `--allow-root`: every cell of every notebook is then carried out as root.
Such code can change the image's own programs, writes files to mounted folders that only root can remove, and is one error of the kernel away from the host.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--allow-root"]
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0 && useradd --create-home --uid 1000 ada
USER 1000
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--allow-root"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0 && useradd --create-home --uid 1000 ada
USER 1000
WORKDIR /home/ada
CMD ["jupyter", "lab", "--ip=0.0.0.0"]
```

## When it is fine

Where containers are without privileges anyway (rootless, or with user namespaces), root in them is nobody outside.

## Fix

Where another USER is set, the option has no effect, which is told as information; it is removed. Safe.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.notebooks import NotebookSetting, notebook_settings
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def jupyter_as_root(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        for found in notebook_settings(build, stage):
            if found.setting.name != "allow_root" or not found.setting.is_open:
                continue
            if stage.user.is_root is False:
                yield Problem(
                    message=f"{found.where} allows what `USER {stage.user.name}` does not do",
                    span=found.span,
                    fix=_fix(build, found),
                    severity=Severity.INFO,
                )
            else:
                yield Problem(
                    message=f"notebooks run as root: {found.where} allows it", span=found.span
                )


def _fix(build: Build, found: NotebookSetting) -> Fix | None:
    edit = found.removed(build)
    if edit is None:
        return None
    return Fix(
        title=f"Take `{found.setting.written}` off", edits=(edit,), applicability=Applicability.SAFE
    )
