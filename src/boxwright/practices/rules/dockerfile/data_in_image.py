"""
A data set is in the image.

Every pull, push and node keeps a copy, every change of it makes a new layer of its full size, and nobody can take it out of the registry's old images again, personal data included.
Data belongs on a volume, in an object store, or in a bind mount of the step that needs it.

Bad:

```text title="data/train.csv (2 GB)"
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir kaggle==1.6.17
RUN kaggle datasets download -d zillow/zecon -p /data --unzip
```

Good:

```text title="data/train.csv (2 GB)"
```

```text title=".dockerignore"
data/
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
```

```text title="data/train.csv (2 GB)"
```

```dockerfile
FROM python:3.12-slim AS fit
COPY train.py /app/
RUN --mount=type=bind,source=data,target=/data python /app/train.py

FROM python:3.12-slim
COPY --from=fit /model /model
```

## When it is fine

Small tables that the program itself needs: what does not add up to the limit is only worth knowing, and only where it is named from a folder `data` or alike.
Text, JSON and archives are looked at only where their folder is called `data`, `datasets`, `raw` or alike.
Stages whose layers do not ship are not looked at, nor is a download that the same `RUN` removes.

## Settings

`limit`: from how many megabytes on an instruction's files are reported; 10 by default.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.open_versions import names
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build

if TYPE_CHECKING:
    from boxwright.practices.context import Context
    from boxwright.practices.programs.models import ModelDownload
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Add, Copy, Run
    from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING, options={"limit": 10})
def data_in_image(build: Build) -> Iterator[Problem]:
    limit = build.options["limit"]
    least = limit * 1_000_000 if isinstance(limit, int | float) else 0
    data = _data_of(build.context) if build.context is not None else frozenset()
    for stage in build.shipped:
        for copy in stage.copies:
            found = list(_copied(data, stage, copy, least)) if data else []
            yield from found or _named(stage, copy)
        for run in stage.runs:
            yield from _downloaded(run)


def _data_of(context: Context) -> frozenset[str]:
    """Return the sent files that hold data for certain: many things are `.json` or `.zip`."""
    weights = set(context.weights)
    return frozenset(
        path
        for path in context.datasets
        if path not in weights
        and not path.startswith((".git/", ".venv/", "venv/"))
        and (_is_data_folder(posixpath.dirname(path)) or not path.lower().endswith(_AMBIGUOUS))
    )


def _copied(
    data: frozenset[str], stage: StageFacts, copy: Copy | Add, least: float
) -> Iterator[Problem]:
    context = stage.context
    if copy.from_ is not None or context is None:
        return
    excludes = tuple(flag.value for flag in copy.excludes)
    for word in copy.sources:
        pattern = stage.expanded(word.raw, copy)
        if pattern is None or "://" in pattern:
            continue
        taken = context.matches(pattern, excludes=excludes, parents=copy.parents is not None)
        found = data.intersection(taken)
        total = sum(context.size(path) for path in found)
        is_meant = _is_data_folder(pattern.strip("./"))
        if not found or (total < least and not is_meant):
            continue
        from boxwright.practices.layers import readable

        largest = sorted(found, key=lambda path: (-context.size(path), path))
        yield Problem(
            message=f"{readable(total)} of data get into the image: {names(largest)}",
            span=word.span,
            # In a checkout there may be a sample where a training machine has it all.
            severity=Severity.INFO if total < least else None,
        )


def _named(stage: StageFacts, copy: Copy | Add) -> Iterator[Problem]:
    """Yield what its name says is data, where the files are not there, or are small."""
    if copy.from_ is not None:
        return
    for word in copy.sources:
        path = (stage.expanded(word.raw, copy) or "").strip("./").lower()
        if "://" not in path and _is_data_folder(path) and path.endswith(_TABLES):
            yield Problem(
                message=f"`{word.value}` is data by its name, and gets into the image",
                span=word.span,
                severity=Severity.INFO,
            )


_TABLES = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".tfrecord", ".npy", ".npz", ".jsonl")
_AMBIGUOUS = (
    ".txt", ".json", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".db",
    ".sqlite", ".sqlite3", ".sql", ".dump", ".iso", ".pkl", ".h5", ".hdf5", ".mp4", ".mp3",
)  # fmt: skip


def _is_data_folder(folder: str) -> bool:
    return not _FOLDERS.isdisjoint(part.lower() for part in folder.split("/"))


_FOLDERS = frozenset({"data", "dataset", "datasets", "raw", "corpus", "corpora", "training_data"})


def _downloaded(run: Run) -> Iterator[Problem]:
    commands = run.commands
    # What is mounted, or removed again, is not in the layer; which of it is hard to tell.
    if any(command.program == "rm" for command in commands) or any(run.mounts):
        return
    for command in commands:
        for item in _model_downloads(command):
            # What nltk calls data sets are mostly tokenisers, and small.
            if item.kind == "dataset" and item.tool != "nltk":
                what = f"the data set `{item.name}`" if item.name else "a data set"
                yield Problem(message=f"{item.tool} puts {what} into the image", span=item.span)


def _model_downloads(command: Command) -> tuple[ModelDownload, ...]:
    from boxwright.practices.programs.models import model_downloads

    return model_downloads(command)
