"""
Packages in the image ship their tests, headers and test programs.

Nobody runs the tests of a library in production; those of torch, scipy and pandas are tens of megabytes.
Some hold files that scanners take for credentials.

Bad:

```yaml
layers:
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/torch/bin/test_api: 15 MB}
```

Good:

```yaml
layers:
  - step: RUN pip install torch
    files: {opt/venv/lib/python3.13/site-packages/torch/lib/libtorch_cpu.so: 400 MB}
```

## When it is fine

Some packages import their tests when they are imported (`numpy.testing` is none of them, it is an interface): look before you remove.

## Fix

None in a finished image: remove them in the RUN that installs, if what they save is worth it.

## Settings

`least` (default `1000000`): bytes of one cause below which nothing is said.

## Equivalents

None.

## References

Docker patterns, Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.image_waste import LEAST, wasted
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.INFO, options={"least": LEAST})
def tests_in_image(image: ImageSubject) -> Iterator[Problem]:
    yield from wasted(image, "tests-in-image")
