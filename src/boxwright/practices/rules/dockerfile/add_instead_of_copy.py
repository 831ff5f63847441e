"""
ADD copies what COPY would copy.

`ADD` does more than it says: it fetches URLs and unpacks archives that it recognises by their content.
A file that happens to be an archive arrives as a folder, and a reader has to know which of the three was meant.
`COPY` copies.

Bad:

```dockerfile
FROM python:3.12-slim
ADD requirements.txt /app/
```

Good:

```dockerfile
FROM python:3.12-slim
COPY requirements.txt /app/
```

```dockerfile
FROM debian:12-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/model.onnx /models/
ADD rootfs.tar.xz /
```

## When it is fine

With a URL, a Git repository, or a local archive that is to be unpacked: that is what `ADD` is for, and then nothing is reported.

## Fix

`ADD` becomes `COPY`. Safe.

## Equivalents

hadolint DL3020, checkov CKV_DOCKER_4, trivy DS-0005, dockle CIS-DI-0009, semgrep prefer-copy-over-add, KICS "Add Instead of Copy".

checkov reports every `ADD` but those of URLs.
A source whose variable has no known value is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add
from boxwright.text.edit import Edit

_ARCHIVES = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
    ".gz", ".bz2", ".xz", ".zst", ".z", ".lz", ".lzma", ".tlz", ".tpz",
)  # fmt: skip
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")


@rule(Build, severity=Severity.WARNING)
def add_instead_of_copy(build: Build) -> Iterator[Problem]:
    for add in build.of(Add):
        sources = [build.reference(word, add) for word in add.sources]
        if not sources or None in sources or any(map(_needs_add, filter(None, sources))):
            continue
        yield Problem(
            message=f"`ADD` is used where `COPY` copies `{add.sources[0].value}`",
            span=add.keyword_span,
            fix=_fix(add),
        )


def _needs_add(source: str) -> bool:
    lowered = source.lower()
    return lowered.startswith(_REMOTE) or lowered.endswith(_ARCHIVES) or lowered.endswith(".git")


def _fix(add: Add) -> Fix | None:
    if add.checksum or add.keep_git_dir or add.unpack:
        return None
    keyword = "copy" if add.written_keyword.islower() else "COPY"
    return Fix(
        title="Use `COPY`",
        edits=(Edit.replace(add.keyword_span, keyword),),
        applicability=Applicability.SAFE,
        changes=("-ADD", "+COPY"),
    )
