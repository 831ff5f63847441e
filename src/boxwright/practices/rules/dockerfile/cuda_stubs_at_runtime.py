"""
The stub of the CUDA driver is on the library path of the image that ships.

`/usr/local/cuda/lib64/stubs` has a `libcuda.so` without any code, so that programs can be linked on machines without a GPU.
A program that loads it instead of the host's driver finds no device: "CUDA driver is a stub library".

Bad:

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64/stubs:/usr/local/cuda/lib64
RUN make -C /src
```

Good:

```dockerfile
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
RUN LIBRARY_PATH=/usr/local/cuda/lib64/stubs make -C /src
```

## When it is fine

`LIBRARY_PATH` is read by the linker only, and is the place for stubs; stages that do not ship may do as they like.

## Fix

The folder is taken out of `LD_LIBRARY_PATH`.
Unsafe: a command of the build may need it; give it to that command alone.
Where a `RUN` makes the stub known to the loader, there is no fix.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.env_edits import path_elements, without_elements
from boxwright.practices.programs.files import link
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.syntax.shell.command import Command
from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def cuda_stubs_at_runtime(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        for env in stage.of(Env):
            for pair in env.pairs:
                if pair.name.value != "LD_LIBRARY_PATH":
                    continue
                folder = next(
                    (each for each in path_elements(pair.value.value) if _is_stub(each)), ""
                )
                if not folder:
                    continue
                change = without_elements(env, pair, _is_stub)
                yield Problem(
                    message=f"`{folder}` in `LD_LIBRARY_PATH` is loaded instead of the driver",
                    span=pair.span,
                    fix=Fix(
                        title="Take the stubs out of `LD_LIBRARY_PATH`",
                        edits=(change.edit,),
                        applicability=Applicability.UNSAFE,
                        changes=change.changes,
                    )
                    if change is not None
                    else None,
                )
    for _, _, command in build.shipped_commands_of("echo", "printf", "ln"):
        span = _of_loader(command)
        if span is not None:
            yield Problem(message="the stub of the driver is made known to the loader", span=span)


def _is_stub(folder: str) -> bool:
    return "cuda" in folder and folder.strip("\"'").rstrip("/").endswith("/stubs")


def _of_loader(command: Command) -> Span | None:
    """Return the span of a *command* that puts stubs on the loader's path for good."""
    made = link(command)
    if made is not None:
        is_stub = "cuda" in made.target.value and "/stubs/" in made.target.value
        name = made.name.value if made.name is not None else ""
        kept = is_stub and name.startswith(("/usr/lib", "/lib", "/usr/local/lib"))
        return command.span if kept else None
    into_loader = any(
        redirect.target is not None and "/ld.so.conf" in redirect.target.value
        for redirect in command.redirects
    )
    if into_loader and any(_is_stub(word.value.strip()) for word in command.arguments):
        return command.span
    return None
