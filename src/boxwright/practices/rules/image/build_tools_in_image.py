"""
The image ships compilers, headers or static libraries.

They are needed to build, never to run, weigh hundreds of megabytes, and serve whoever breaks in.
Most of what scanners find in an image is in them.

Bad:

```yaml
cmd: [gunicorn, app]
layers:
  - step: RUN apt-get install -y build-essential
    files:
      usr/lib/gcc/x86_64-linux-gnu/14/cc1: 35 MB
      usr/lib/gcc/x86_64-linux-gnu/14/cc1plus: 37 MB
    debs: [gcc-14 14.2.0-19, g++-14 14.2.0-19]
```

Good:

```yaml
cmd: [gunicorn, app]
layers:
  - step: COPY --from=build /opt/venv /opt/venv
    files: {opt/venv/lib/python3.13/site-packages/app.py: 3 kB}
```

## When it is fine

Images for development, and those to build on, which are not judged.
Triton and `torch.compile` need a C compiler while they run: beside Triton this is told as information.

## Fix

None in a finished image: build in another stage, and copy the environment. See build-tools-at-runtime and single-stage-build for Dockerfiles.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

`bases` (default `false`): judge images that are made to build on, too.

## Equivalents

None.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.image_waste import LEAST, problem_of, wastes
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.WARNING, options={"least": LEAST, "bases": False})
def build_tools_in_image(image: ImageSubject) -> Iterator[Problem]:
    if image.is_base and not image.options.get("bases"):
        return
    # Triton compiles launchers in C, and `torch.compile` kernels in C++, when they run.
    severity = Severity.INFO if image.has_distribution("triton") else None
    for waste in wastes(image, "build-tools-in-image"):
        yield problem_of(image, waste)._replace(severity=severity)
