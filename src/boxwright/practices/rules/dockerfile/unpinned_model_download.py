"""
A model or data set is downloaded in whatever state it is in today.

A repository of a hub is a Git repository: without a revision its newest commit is taken.
The weights, the tokenizer and, with `trust_remote_code`, the code can change between two builds, and a taken-over account is enough to put a pickle into the next one.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir huggingface_hub==0.30.2
RUN hf download BAAI/bge-small-en-v1.5
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir transformers==4.51.3
RUN python -c "from transformers import AutoModel; AutoModel.from_pretrained('BAAI/bge-small-en-v1.5')"
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir huggingface_hub==0.30.2
RUN hf download BAAI/bge-small-en-v1.5 --revision 5c38ec7c405ec4b44b94cc5a9bb96e735b38267a
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir transformers==4.51.3
RUN python -c "from transformers import AutoModel; AutoModel.from_pretrained('BAAI/bge-small-en-v1.5', revision='5c38ec7c405ec4b44b94cc5a9bb96e735b38267a')"
```

## When it is fine

A tag is accepted, though it can be moved; a branch (`main`) is not.
Tools that have no way to ask for a revision are not reported here, but by `unverified-download` where they fetch plain files.

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
    from boxwright.practices.programs.models import ModelDownload


@rule(Build, severity=Severity.WARNING)
def unpinned_model_download(build: Build) -> Iterator[Problem]:
    candidates = [found for found in build.commands if found[1].program or found[1].wrappers]
    if not candidates:
        return
    from boxwright.practices.programs.models import model_downloads

    for _, command in candidates:
        for item in model_downloads(command):
            problem = _judged(item)
            if problem:
                yield Problem(message=problem, span=item.span)


_BRANCHES = frozenset({"main", "master", "latest", "HEAD"})


def _judged(item: ModelDownload) -> str:
    name = f"`{item.name}`" if item.name else f"the {item.kind} of {item.tool}"
    if item.revision in _BRANCHES:
        return f"{name} is taken from the branch `{item.revision}`, which moves"
    if item.revision:
        return ""
    if item.takes_revision:
        return f"{name} is downloaded without a revision"
    if item.tool == "torch.hub" and "/" in item.name and "://" not in item.name:
        return f"{name} is downloaded without a revision"
    return ""
