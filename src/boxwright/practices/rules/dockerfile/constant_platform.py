"""
FROM asks for one platform, whatever the image is built for.

`--platform=linux/amd64` makes an amd64 image even when `docker build --platform linux/arm64` is asked for one for arm64, and the result is then labelled wrongly or runs under emulation, many times slower.
The platform belongs to the call of the build, or to `platform:` in compose.

Bad:

```dockerfile
FROM --platform=linux/amd64 python:3.12-slim
RUN pip install --no-cache-dir numpy==2.3.5
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir numpy==2.3.5
```

```dockerfile
FROM --platform=$BUILDPLATFORM node:22-slim AS pages
RUN npm run build

FROM python:3.12-slim
COPY --from=pages /srv /srv
```

## When it is fine

One stage for each platform, chosen by name: where the name of the stage has the system or the architecture in it (`AS build-amd64`), nothing is reported.
The same goes for NVIDIA's images of Jetson (`l4t-*`), which there are for arm64 alone.
Where wheels exist for amd64 only, the constant is a quick way to have them on an arm64 machine; `platform: linux/amd64` in compose says the same where it can be seen.

## Fix

The flag is removed. Unsafe: where it made a difference, another image is built.

## Equivalents

hadolint DL3029, BuildKit FromPlatformFlagConstDisallowed, KICS "Using Platform Flag with FROM Command", semgrep avoid-platform-with-from.

As in BuildKit, a value with any variable is no constant, and stages that are named after their platform are left alone (BuildKit reports the images of Jetson, too); hadolint reports everything but `$BUILDPLATFORM` and `$TARGETPLATFORM`.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import From
from boxwright.text.edit import Edit

_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm"}


@rule(Build, severity=Severity.WARNING)
def constant_platform(build: Build) -> Iterator[Problem]:
    for from_ in build.of(From):
        flag = from_.platform
        if flag is None or not flag.value or "$" in flag.value:
            continue
        name = from_.name.raw.lower() if from_.name is not None else ""
        if any(part in name for part in _parts(flag.value)):
            continue
        if "l4t" in from_.image.value or "jetson" in from_.image.value:
            # There is no such image for another platform.
            continue
        end = from_.image.span.start
        yield Problem(
            message=f"this stage is built for `{flag.value}`, whatever the build is asked for",
            span=flag.span,
            fix=Fix(
                title=f"Remove `--platform={flag.value}`",
                edits=(Edit(flag.span.start, end, ""),),
                applicability=Applicability.UNSAFE,
            )
            if from_.source.text[flag.span.end : end].strip(" \t") == ""
            else None,
        )


def _parts(platform: str) -> tuple[str, ...]:
    """Return system and architecture of *platform*, of which the system may be missing."""
    system, slash, rest = platform.lower().partition("/")
    if not slash:
        system, rest = "linux", system
    architecture = rest.partition("/")[0]
    return (system, _ARCHITECTURES.get(architecture, architecture))
