r"""
One stage both builds and runs.

What is only there to compile (compilers, headers, sources, what they leave behind) ships with the rest, and is pulled, scanned and open to misuse.
A second stage that copies the result has none of it.

Bad:

```dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake
COPY . /src
RUN cmake -S /src -B /build && cmake --build /build --target install
CMD ["server"]
```

Good:

```dockerfile
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake
COPY . /src
RUN cmake -S /src -B /build && cmake --build /build --target install

FROM python:3.12-slim
COPY --from=build /usr/local/bin/server /usr/local/bin/server
CMD ["server"]
```

## When it is fine

Images for development and notebooks are used to build with, so they are not reported.

## Equivalents

tally prefer-multi-stage-build.

tally proposes it for more kinds of files; here something has to be compiled with tools that were installed for it.

## References

Best practices guide, Docker patterns, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.cuda_use import is_for_development
from boxwright.practices.layers import build_tools, may_compile
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.INFO)
def single_stage_build(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or final.stage.is_implied or len(build.stages) > 1:
        return
    if is_for_development(build):
        return
    tools = build_tools(final)
    if tools and may_compile(final):
        are = "are" if len(tools) > 1 else "is"
        yield Problem(
            message=f"{names(list(tools))} {are} for building, and in the image that ships: there is"
            " no second stage",
            span=final.stage.from_.image.span,
        )
