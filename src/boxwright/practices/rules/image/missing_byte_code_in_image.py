"""
The Python packages of the image have no byte code.

Each start then compiles every module that is imported, and does so again in each container: for torch that is three seconds of a processor instead of none.
With a read-only root filesystem, or another user than the owner of the files, no container can even keep it for its next start.

Bad:

```yaml
user: "65532"
cmd: [uvicorn, "main:app"]
layers:
  - step: RUN uv sync
    files:
      opt/venv/lib/python3.13/site-packages/torch/__init__.py: 100 kB
      opt/venv/lib/python3.13/site-packages/torch/functional.py: 100 kB
      opt/venv/lib/python3.13/site-packages/torch/_dynamo/config.py: 4 MB
    wheels: [torch 2.13.0]
```

Good:

```yaml
user: "65532"
cmd: [uvicorn, "main:app"]
layers:
  - step: RUN uv sync --compile-bytecode
    files:
      opt/venv/lib/python3.13/site-packages/torch/__init__.py: 4 MB
      opt/venv/lib/python3.13/site-packages/torch/__pycache__/__init__.cpython-313.pyc: 4 MB
    wheels: [torch 2.13.0]
```

## When it is fine

Jobs that run for hours do not notice. `PYTHONDONTWRITEBYTECODE` while building is right, if the code is compiled once at the end.
Images to build on are not judged, and neither are pip and setuptools, which nothing imports that runs. Byte code of another release of Python is none: what is in `lib/python3.13` needs `.cpython-313.pyc`.

## Fix

None in a finished image: `uv sync --compile-bytecode`, pip without `--no-compile`, or `python -m compileall`; Boxwright's builds have it in layers of their own.

## Settings

`least` (default `3000000`): bytes of Python code without byte code below which nothing is said.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.layers import readable
from boxwright.practices.rule import Problem, rule

_PACKAGES = "-packages/"
_INSTALLERS = ("_distutils_hack/", "pip/", "pkg_resources/", "setuptools/", "wheel/")
"""Docker's Python images have them without byte code; nobody imports them to serve anything."""
_OF_PYTHON = re.compile(r"(?:^|/)python3\.([0-9]{1,3})/(?:site|dist)$")
_MINORS = tuple(map(str, range(8, 20)))
"""Of Debian's `python3/dist-packages`, which are for all releases."""


@rule(ImageSubject, severity=Severity.INFO, options={"least": 3_000_000})
def missing_byte_code_in_image(image: ImageSubject) -> Iterator[Problem]:
    if image.is_base:
        return
    files = image.contents.files
    missing: dict[int, int] = {}
    tags: dict[str, tuple[str, ...]] = {}
    for path, (member, layer) in files.items():
        at = path.find(_PACKAGES)
        if at < 0 or not path.endswith(".py"):
            continue
        site = path[:at]
        if site not in tags:
            tags[site] = _tags(site)
        if path.startswith(_INSTALLERS, at + len(_PACKAGES)):
            continue
        folder, _, name = path.rpartition("/")
        stem = f"{folder}/__pycache__/{name[:-3]}"
        # Beside the module is where `compileall -b` puts it.
        for tag in tags[site]:
            if stem + tag in files:
                break
        else:
            if path + "c" not in files:
                missing[layer] = missing.get(layer, 0) + member.size
    least = image.options.get("least")
    if isinstance(least, int) and sum(missing.values()) >= least:
        yield Problem(
            f"{readable(sum(missing.values()))} of Python code are compiled at each start",
            image.layer_span(max(missing, key=lambda layer: missing[layer])),
        )


def _tags(site: str) -> tuple[str, ...]:
    """Return how the names of byte code end in the folder of packages that begins with *site*."""
    found = _OF_PYTHON.search(site)
    minors = (found[1],) if found else _MINORS
    return tuple(f".cpython-3{minor}.pyc" for minor in minors)
