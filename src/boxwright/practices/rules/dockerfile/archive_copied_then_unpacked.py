r"""
An archive is copied and then unpacked by a RUN.

The archive stays in the layer of `COPY`, below what was unpacked from it: a 2 GB archive makes the image 2 GB larger, whether a later `rm` hides it or not.
`ADD` unpacks a local archive without keeping it.

Bad:

```dockerfile
FROM python:3.12-slim
COPY vocabulary.tar.gz /tmp/
RUN tar -xzf /tmp/vocabulary.tar.gz -C /srv
```

Good:

```dockerfile
FROM python:3.12-slim
ADD vocabulary.tar.gz /srv/
```

```dockerfile
FROM python:3.12-slim
RUN --mount=type=bind,source=vocabulary.tar.gz,target=/tmp/vocabulary.tar.gz \
    tar -xzf /tmp/vocabulary.tar.gz -C /srv
```

## Equivalents

hadolint DL3010.

`ADD` does not unpack `.zip`, so a zip is not reported.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.archives import extraction
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Copy
from boxwright.text.source import Span

_UNPACKED_BY_ADD = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.lzma", ".tlz",
    ".tar.zst", ".gz", ".bz2", ".xz", ".lzma", ".tpz", ".tb2", ".tz", ".z", ".lz",
)  # fmt: skip


@rule(Build, severity=Severity.INFO)
def archive_copied_then_unpacked(build: Build) -> Iterator[Problem]:
    unpacked: dict[int, set[str]] = {}
    for stage, _, command in build.commands_of(
        "tar",
        "gunzip",
        "bunzip2",
        "unxz",
        "unlzma",
        "unzstd",
        "zcat",
        "xzcat",
        "bzcat",
        "uncompress",
    ):
        found = extraction(command)
        if found is not None and found.archive is not None:
            name = posixpath.basename(found.archive.value)
            unpacked.setdefault(stage.index, set()).add(name)
    for copy in build.of(Copy):
        if copy.stage is None or copy.from_ is not None:
            continue
        names = unpacked.get(copy.stage.index, set())
        target = posixpath.basename(copy.destination.value) if copy.destination else ""
        for word in copy.sources:
            name = posixpath.basename(word.value)
            if name.lower().endswith(_UNPACKED_BY_ADD) and not names.isdisjoint({name, target}):
                yield Problem(
                    message=f"`{name}` is copied and unpacked later: `ADD` unpacks it without"
                    " keeping it",
                    span=Span(word.span.start, word.span.end),
                )
