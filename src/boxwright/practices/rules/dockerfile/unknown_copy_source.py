"""
COPY --from names neither a stage above it nor an image with a tag.

What is no stage is taken for an image: `--from=biulder` pulls `docker.io/library/biulder:latest`, which may not exist, or be somebody else's.

Bad:

```dockerfile
FROM python:3.12 AS builder
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=biulder /srv /srv
```

```dockerfile
FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv /uv /bin/
```

Good:

```dockerfile
FROM python:3.12 AS builder
RUN pip install --target /srv --no-cache-dir flask==3.1.0

FROM python:3.12-slim
COPY --from=builder /srv /srv
COPY --from=ghcr.io/astral-sh/uv:0.9.10 /uv /bin/
```

## When it is fine

A context that is named in the call of the build (`--build-context models=…`, `additional_contexts:` in compose) is no stage either, and cannot be seen from the Dockerfile.

## Fix

A name that is nearly that of a stage above is written right. Unsafe: something else is copied, though what was meant.

## Equivalents

hadolint DL3022, KICS "COPY '--from' Without FROM Alias Defined Previously".

`RUN --mount=from=` is judged as well, and names in other cases are the same names; hadolint looks at COPY, and at capitals.
What ONBUILD triggers is not judged: it names stages of another Dockerfile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_references import StageReference, stage_references
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def unknown_copy_source(build: Build) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for stage in build.stages:
        if stage.name:
            first.setdefault(stage.name, stage.index)
    names = [stage.name for stage in build.stages]
    for reference in stage_references(build):
        here = reference.stage.index
        name = reference.name
        number = reference.number
        if number is not None:
            # That of the stage itself is for `copy-from-own-stage`.
            if number > here:
                yield Problem(
                    f"there is no stage `{name}` above: this one is number {here}", reference.span
                )
        elif name.lower() in first:
            if first[name.lower()] > here:
                yield Problem(f"the stage `{name}` comes only below", reference.span)
        elif ":" not in name and "@" not in name:
            # Of very many stages, those nearby are enough to guess from.
            above = [known for known in names[max(here - 20, 0) : here] if known]
            yield _unknown(reference, above)


def _unknown(reference: StageReference, stages: Iterable[str]) -> Problem:
    name = reference.name
    nearest = _nearest(name.lower(), stages)
    if not nearest:
        if "/" in name:
            # No stage can be called so.
            return Problem(f"`{name}` has no tag, which means `latest`", reference.span)
        return Problem(f"`{name}` is no stage above, and an image without a tag", reference.span)
    return Problem(
        message=f"there is no stage `{name}` above; did you mean `{nearest}`?",
        span=reference.span,
        fix=Fix(
            title=f"Write `{nearest}`",
            edits=(Edit.replace(reference.span, nearest),),
            applicability=Applicability.UNSAFE,
        )
        if reference.is_plain
        else None,
    )


def _nearest(name: str, stages: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, stages, n=1, cutoff=0.7)), "")
