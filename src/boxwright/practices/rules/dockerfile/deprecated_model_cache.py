"""
A variable for a model cache has been given up.

`TRANSFORMERS_CACHE` and its predecessors are deprecated since transformers 4.36 and gone in version 5: an image with a newer release ignores them without a word, and downloads its models to `~/.cache/huggingface`.

Bad:

```dockerfile
FROM python:3.12-slim
ENV TRANSFORMERS_CACHE=/models
```

Good:

```dockerfile
FROM python:3.12-slim
ENV HF_HUB_CACHE=/models
```

```dockerfile
FROM python:3.12-slim
ENV HF_HOME=/models
```

## When it is fine

`HUGGINGFACE_HUB_CACHE` is an old name too, but still read, and by programs that know no other; it is not reported.
With a transformers before 4.36 the old name is the one to use.

## Fix

The variable is called `HF_HUB_CACHE` then, which means the same folder. Safe.
There is none where the file uses the name elsewhere too, where the new name is set already, and for a version that does not know it.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.text.edit import Edit

_OLD = frozenset(
    {
        "TRANSFORMERS_CACHE",
        "PYTORCH_TRANSFORMERS_CACHE",
        "PYTORCH_PRETRAINED_BERT_CACHE",
    }
)
_NEW = "HF_HUB_CACHE"


@rule(Build, severity=Severity.INFO)
def deprecated_model_cache(build: Build) -> Iterator[Problem]:
    for env in build.of(Env):
        for pair in env.pairs:
            name = pair.name.value
            if name not in _OLD or _is_needed(build):
                continue
            text = build.source.text
            is_alone = text.count(name) == 1 and _NEW not in text
            yield Problem(
                message=f"`{name}` is deprecated in favour of `{_NEW}`",
                span=pair.name.span,
                fix=Fix(
                    title=f"Call it `{_NEW}`",
                    edits=(Edit.replace(pair.name.span, _NEW),),
                    applicability=Applicability.SAFE,
                )
                if is_alone and sum(text.count(old) for old in _OLD) == 1
                else None,
            )


def _is_needed(build: Build) -> bool:
    """Tell whether a transformers is installed that may not know the new name."""
    package = build.final.has_distribution("transformers") if build.final is not None else None
    if package is None or not package.version:
        return False
    parts = package.version.split(".")
    return parts[0] in {"2", "3"} or (
        parts[0] == "4" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < 36
    )
