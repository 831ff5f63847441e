"""
A notebook server lets everybody in.

With an empty token Jupyter asks for nothing. Whoever reaches the port has a terminal in the container, with its mounted data, its credentials and its GPUs; networks are searched for such servers all the time.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.token=''"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
CMD ["jupyter", "lab", "--ip=0.0.0.0"]
```

## When it is fine

Where a password is set instead. Behind a proxy that asks everybody for theirs (JupyterHub), suppress it and say so.

## Fix

The option is taken off the command: Jupyter then makes up a token and prints it. Unsafe: who used the server has to look that up.

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


@rule(Build, severity=Severity.ERROR)
def jupyter_without_token(build: Build) -> Iterator[Problem]:
    with_password: set[int] = set()
    for stage in build.stages:
        settings = notebook_settings(build, stage)
        has_password = any(
            found.setting.name in {"password", "hashed_password"} and not found.setting.is_open
            for found in settings
        )
        if has_password or (stage.parent is not None and stage.parent.index in with_password):
            with_password.add(stage.index)
            continue
        # The command has the last word, and it comes last.
        tokens = [found for found in settings if found.setting.name == "token"]
        if tokens and tokens[-1].setting.is_open:
            yield Problem(
                message=f"Jupyter asks for no token: {tokens[-1].where} is empty",
                span=tokens[-1].span,
                fix=_fix(build, tokens[-1]),
            )


def _fix(build: Build, found: NotebookSetting) -> Fix | None:
    edit = found.removed(build)
    if edit is None:
        return None
    return Fix(
        title=f"Take `{found.setting.written}` off",
        edits=(edit,),
        applicability=Applicability.UNSAFE,
    )
