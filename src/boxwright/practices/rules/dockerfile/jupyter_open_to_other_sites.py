"""
A notebook server takes orders from any web site.

`allow_origin='*'` and `disable_check_xsrf=True` turn off what keeps other pages in the browser away.
A site that somebody visits while the notebook is open can then talk to it, as that person, and run code in the container.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.allow_origin=*"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.allow_origin=https://notebooks.example.org"]
```

## When it is fine

Hardly ever. A proxy needs its own origin allowed, not all of them.

## Fix

The option is taken off the command. Unsafe: a page that is embedded elsewhere stops working.

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
def jupyter_open_to_other_sites(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        for found in notebook_settings(build, stage):
            if not found.setting.is_open:
                continue
            if found.setting.name in {"allow_origin", "allow_origin_pat"}:
                message = f"any web site may use this Jupyter: {found.where} allows all origins"
            elif found.setting.name == "disable_check_xsrf":
                message = f"any web site may use this Jupyter: {found.where} turns the check off"
            else:
                continue
            yield Problem(message=message, span=found.span, fix=_fix(build, found))


def _fix(build: Build, found: NotebookSetting) -> Fix | None:
    edit = found.removed(build)
    if edit is None:
        return None
    return Fix(
        title=f"Take `{found.setting.written}` off",
        edits=(edit,),
        applicability=Applicability.UNSAFE,
    )
