"""
A file that runs code when it is loaded is downloaded unchecked.

`.pkl`, `.joblib`, and most `.pt`, `.pth` and `.ckpt` files are pickles: loading one runs whatever its author has put in, in the build as root, or later with all that the service may do.
Over `http://`, or from an account that was taken over, that author is somebody else.

Bad:

```dockerfile
FROM python:3.12-slim
ADD https://example.org/models/churn.pkl /models/
```

```dockerfile
FROM python:3.12-slim
RUN python -c "import torch; torch.hub.load_state_dict_from_url('https://example.org/net.pth')"
```

Good:

```dockerfile
FROM python:3.12-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.org/models/churn.pkl /models/
```

```dockerfile
FROM python:3.12-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.org/models/net.safetensors /models/
```

## When it is fine

Where the same `RUN` compares a checksum, with `ADD --checksum`, and where the URL names a commit of a hub's repository.
Formats without code (safetensors, ONNX, GGUF) are the better way: `unverified-download` looks at those.

A plain download over `https://` is a warning; over `http://`, and where the build itself loads the file, it is an error.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Run


@rule(Build, severity=Severity.ERROR)
def pickle_from_url(build: Build) -> Iterator[Problem]:
    from boxwright.practices.programs.models import is_unsafe

    for add in build.of(Add):
        for word in add.sources:
            url = build.reference(word, add) or word.value
            if "://" in url and is_unsafe(url) and add.checksum is None and not _is_fixed(url):
                yield Problem(
                    message=f"`{_name(url)}` runs code when it is loaded, and is not checked",
                    span=word.span,
                    severity=_severity(url),
                )
    for run in build.runs:
        yield from _of_run(run)


def _of_run(run: Run) -> Iterator[Problem]:
    if not run.commands or ("://" not in run.script.text and run.exec is None):
        return
    from boxwright.practices.programs.downloads import unverified
    from boxwright.practices.programs.models import is_unsafe, model_downloads

    loads = any(name in run.script.text for name in ("torch.load(", "joblib.load(", "pickle.load("))
    for item in unverified(run.commands):
        name = item.url if is_unsafe(item.url) else item.output
        if is_unsafe(name) and "://" in item.url and not _is_fixed(item.url):
            yield Problem(
                message=f"`{_name(name)}` runs code when it is loaded, and is not checked",
                span=item.url_word.span,
                severity=Severity.ERROR if loads else _severity(item.url),
            )
    for command in run.commands:
        for found in model_downloads(command):
            is_loaded = found.tool == "torch.hub" and "://" in found.name
            if (is_loaded or found.tool == "urllib") and is_unsafe(found.name):
                yield Problem(
                    message=f"`{_name(found.name)}` runs code when it is loaded, and is not checked",
                    span=found.span,
                    severity=None if is_loaded or loads else _severity(found.name),
                )


def _severity(url: str) -> Severity:
    return Severity.ERROR if url.startswith("http://") else Severity.WARNING


def _is_fixed(url: str) -> bool:
    """Tell whether *url* names a commit: `…/resolve/<commit>/model.bin`."""
    revision = url.partition("/resolve/")[2].partition("/")[0]
    return len(revision) == 40 and not revision.strip("0123456789abcdef")


def _name(url: str) -> str:
    """Return the file's name, without what a query may hold."""
    return url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
