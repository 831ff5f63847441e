"""
A library has nowhere to keep its models, since its user has no home.

Hugging Face libraries, torch, numba and matplotlib write to the home of their user, `~/.cache/huggingface` for one.
A user that is only a number, or was made without a home, has none that it may write to: the first download ends with a `PermissionError`, and numba refuses to import what it should compile.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir transformers==4.51.3
COPY serve.py /app/
USER 10001
CMD ["python", "/app/serve.py"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir transformers==4.51.3
RUN install -d -o 10001 /cache
ENV HF_HOME=/cache/huggingface
COPY serve.py /app/
USER 10001
CMD ["python", "/app/serve.py"]
```

## When it is fine

Where the user has a home of its own the libraries write there, which is not reported: mount a volume there, or set the variables, if what they download should outlive the container.
With `HF_HUB_OFFLINE=1` nothing is downloaded.

## Fix

`ENV` lines put the folders below `/tmp/cache`, which everybody may write to, before the `USER`. Safe: there was no folder that could be written to.
Name a folder on a volume instead if the models should be kept.

## References

Containers for ML, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.model_caches import undefined_caches
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.user_folders import has_no_home, home_of
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.model_caches import LibraryCache


@rule(Build, severity=Severity.WARNING)
def undefined_model_cache(build: Build) -> Iterator[Problem]:
    stage = build.final
    if stage is None or stage.user.instruction is None or stage.user.instruction.user is None:
        return
    user = stage.user
    if not has_no_home(stage, home_of(stage, user)):
        return
    found = list(undefined_caches(stage))
    if stage.env("HF_HUB_OFFLINE") in {"1", "true", "True"}:
        found = [item for item in found if item[0].variable != "HF_HOME"]
    if not found:
        return
    libraries = list(dict.fromkeys(library for _, library in found))
    variables = names([entry.variable for entry, _ in found])
    verb = "write" if len(libraries) > 1 else "writes"
    instruction = user.instruction
    yield Problem(
        message=f"{names(libraries)} {verb} to the home of `{user.name}`, who has none, and"
        f" {variables} {'are' if len(found) > 1 else 'is'} not set",
        span=instruction.user.span,  # type: ignore[union-attr]
        fix=_fix(build, [entry for entry, _ in found])
        if instruction.stage is stage.stage  # type: ignore[union-attr]
        else None,
    )


def _fix(build: Build, entries: list[LibraryCache]) -> Fix | None:
    stage = build.final
    instruction = stage.user.instruction if stage is not None else None
    if instruction is None or instruction.parent is not None:
        return None
    first = instruction.comments[0].line if instruction.comments else instruction.first_line
    newline, escape = build.source.newline, instruction.escape
    pairs = [f"{entry.variable}=/tmp/cache/{entry.folder}" for entry in entries]
    text = f" {escape}{newline}    ".join(pairs)
    word = keyword("ENV", build.dockerfile)
    return Fix(
        title="Set them to folders below `/tmp/cache`",
        edits=(Edit.insert(build.source.line_span(first).start, f"{word} {text}{newline}"),),
        applicability=Applicability.SAFE,
        changes=("+ENV",),
    )
