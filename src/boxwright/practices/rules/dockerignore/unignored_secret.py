"""
A file of credentials is sent with the build, although an ignore file is there.

`COPY . .` puts it into the image, for everybody who pulls it, and a builder on another machine gets it in any case.
The mistake is not seen: the file is not in the repository, and so nobody looks for it.

Bad:

```text title=".env"
HF_TOKEN=8f3ab1c92d7e4506b1aa
```

```dockerignore
.git
```

Good:

```text title=".env"
HF_TOKEN=8f3ab1c92d7e4506b1aa
```

```text title=".env.example"
HF_TOKEN=
```

```dockerignore
.git
.env
```

## When it is fine

The file is opened where its name alone does not tell: an `.env` of plain settings, a `.pem` that is a certificate, a `credentials.json` without any are not reported.
Keys below `tests`, `fixtures` and `examples` open nothing and are not reported either.

## Fix

A line for the file is added at the end. Safe: the image does not have the file any more. There is none where a Dockerfile names the file, as that build would fail: see `secret-file-copied`.

## Equivalents

None.

## References

Best practices guide, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.ignore_lines import listed
from boxwright.practices.open_secrets import is_named_by_dockerfile, open_secrets
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import IgnoreFile
from boxwright.text.edit import Edit


@rule(IgnoreFile, severity=Severity.ERROR)
def unignored_secret(ignore_file: IgnoreFile) -> Iterator[Problem]:
    context = ignore_file.context
    if context is None:
        return
    secrets = open_secrets(context)
    named = [path for path in secrets if is_named_by_dockerfile(context, path)]
    others = [path for path in secrets if path not in named]
    span = ignore_file.source.line_span(1)
    for paths in (others, named):
        if paths:
            yield Problem(
                message=f"{listed(paths)} {'is' if len(paths) == 1 else 'are'} sent: "
                f"{'a file' if len(paths) == 1 else 'files'} of credentials",
                span=span,
                fix=_fix(ignore_file, paths) if paths is others else None,
            )


def _fix(ignore_file: IgnoreFile, paths: list[str]) -> Fix:
    source = ignore_file.source
    start = "" if not source.text or source.text.endswith("\n") else source.newline
    lines = start + source.newline.join(_escaped(path) for path in paths) + source.newline
    return Fix(
        title=f"Ignore {listed(paths)}",
        edits=(Edit.insert(len(source.text), lines),),
        applicability=Applicability.SAFE,
    )


def _escaped(path: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in path)
