"""
A pointer is copied instead of the file that it stands for.

A checkout without Git LFS has a few lines of text in the place of each large file, and DVC keeps a `.dvc` file beside what has not been pulled.
The build copies them without a complaint; the service then fails to load a model of 134 bytes.

Bad:

```text title="models/net.safetensors"
version https://git-lfs.github.com/spec/v1
oid sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d
size 420000000
```

```dockerfile
FROM python:3.12-slim
COPY models/ /models/
```

Good:

```text title="models/net.safetensors (420 MB)"
```

```dockerfile
FROM python:3.12-slim
COPY models/ /models/
```

## When it is fine

Where the build fetches the files itself, with `git lfs pull` or `dvc pull`.

## Fix

None: run `git lfs pull` or `dvc pull` before the build.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.context import Context, Stub


@rule(Build, severity=Severity.ERROR)
def large_file_pointer_copied(build: Build) -> Iterator[Problem]:
    context = build.context
    if context is None or not any(True for stage in build.stages for _ in stage.copies):
        return
    stubs = [stub for stub in context.stubs if _is_missing(context, stub)]
    if not stubs or _fetches(build):
        return
    for stage in build.stages:
        for copy in stage.copies if stage.is_reachable else ():
            if copy.from_ is not None:
                continue
            excludes = tuple(flag.value for flag in copy.excludes)
            for word in copy.sources:
                pattern = stage.expanded(word.raw, copy)
                if pattern is None or "://" in pattern:
                    continue
                taken = set(context.matches(pattern, excludes=excludes))
                found = [stub for stub in stubs if stub.path in taken]
                if found:
                    yield Problem(message=_message(found), span=word.span)


def _is_missing(context: Context, stub: Stub) -> bool:
    """Tell whether what *stub* stands for is not there: DVC keeps both beside each other."""
    return not stub.stands_for or not context.exists(stub.stands_for)


def _fetches(build: Build) -> bool:
    for _, command in build.commands:
        words = [word.value for word in command.words[:3]]
        if "lfs" in words or "git-lfs" in words or (words[:1] == ["dvc"]):
            return True
    return any(
        command.program == "dvc"
        for stage in build.shipped[-1:]
        for command in (
            *stage.start_commands,
            *(stage.start_script.commands if stage.start_script else ()),
        )
    )


def _message(stubs: list[Stub]) -> str:
    from boxwright.practices.layers import readable

    first = stubs[0]
    more = f", and so {'is' if len(stubs) == 2 else 'are'} {len(stubs) - 1} more" * (len(stubs) > 1)
    of = f" of {readable(first.size)}" if first.size else ""
    if first.stands_for:
        return f"`{first.path}` stands for `{first.stands_for}`, a file{of} that is not there{more}"
    return f"`{first.path}` is a pointer of {first.kind} to a file{of} that is not there{more}"
