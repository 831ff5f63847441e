r"""
Compilers or headers are installed in the image that ships.

`build-essential` alone is some 200 MB, and a compiler is what an attacker wishes for.
Wheels need neither, and what has to be compiled can be compiled in a stage of its own.

Bad:

```dockerfile
FROM python:3.12-slim AS build
RUN pip wheel --no-cache-dir --wheel-dir /wheels numpy==2.2.1

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends build-essential libpq5
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-cache-dir /wheels/*
```

Good:

```dockerfile
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential
RUN pip wheel --no-cache-dir --wheel-dir /wheels pycuda==2024.1.2

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libpq5
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-cache-dir /wheels/*
```

## When it is fine

Where all is done in one stage and something there may be compiled, `single-stage-build` has a word about it, not this rule.
Images for development, notebooks, and packages that compile while they run (`vllm`, `deepspeed` and others) are not reported.
`git` is not counted among the tools here.

## Equivalents

None.

trivy, hadolint and BuildKit have no such check; dockerfile-doctor has a coarse one.

## References

Best practices guide, Docker patterns, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.cuda_use import compiles_at_run_time, is_for_development
from boxwright.practices.layers import build_tools, may_compile
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def build_tools_at_runtime(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or final.stage.is_implied or is_for_development(build):
        return
    if compiles_at_run_time(final) is not None:
        return
    tools = build_tools(final)
    is_alone = all(stage.ships for stage in build.stages)
    if not tools or (is_alone and may_compile(final)):
        return
    by_command: dict[int, list[str]] = {}
    for name, command in tools.items():
        by_command.setdefault(id(command), []).append(name)
    for names in by_command.values():
        command = tools[names[0]]
        system = system_command(command)
        word = next(
            (each.word for each in system.packages if each.name == names[0])
            if system is not None
            else iter(()),
            None,
        )
        shown = ", ".join(f"`{name}`" for name in names[:4])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        yield Problem(
            message=f"{shown}{more} {'is' if len(names) == 1 else 'are'} for building, and in the"
            " image that ships",
            span=word.span if word is not None else command.span,
        )
