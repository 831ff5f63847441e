"""
The tag of an image is one that others follow.

`latest`, `nightly` and `stable` are moved at every release, and so are `python:3` and `python:slim`: one day they bring another Python, for which half of the wheels do not exist yet.
Nothing in the repository has changed then, and nothing tells what it was before.

Bad:

```dockerfile
FROM pytorch/pytorch:latest
```

```dockerfile
FROM python:3-slim
```

```dockerfile
FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
```

Good:

```dockerfile
FROM pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
```

```dockerfile
FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:0.9.10 /uv /bin/
```

## When it is fine

`python:3.12-slim` moves too, but only to patch releases, which are wanted: from two numbers on, a version is exact enough.
A digest beside the tag says which image it is, whatever the tag.

## Fix

The newest release that is known here in the same variant, where one is. Unsafe: it may be another than what the tag stands for today.

## Equivalents

hadolint DL3007, checkov CKV_DOCKER_7, trivy DS-0001, dockle DKL-DI-0006, KICS "Image Version Using 'latest'", semgrep avoid-latest-version.

These know the tag `latest` alone. Here every word that says that others follow counts (`latest-gpu`, `nightly`), as do tags of known images without any version, and images that COPY or a mount takes files from; variables are judged by their defaults, as an `info`.

## References

Best practices guide, Docker patterns, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.base_images import BaseFacts, BaseImage
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.stage_references import stage_references
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

_COMPANIONS = frozenset({"node", "redis", "postgres", "nginx", "compiler"})


@rule(Build, severity=Severity.WARNING)
def moving_base_tag(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        if stage.parent is None and stage.base.reference is None:
            yield from _known_tag(stage)
        elif stage.parent is None and stage.base.tag:
            why = _why(stage.base)
            if why:
                yield Problem(
                    message=f"`{stage.base.name}:{stage.base.tag}` {why}",
                    span=stage.stage.from_.image.span,
                    fix=_fix(stage),
                    severity=Severity.INFO if "$" in stage.stage.from_.image.raw else None,
                )
    for reference in stage_references(build):
        if reference.target is None and ":" in reference.name:
            image = BaseImage(reference.name)
            why = _why(image) if image.tag else ""
            if why:
                yield Problem(f"`{reference.name}` {why}", reference.span)


def _known_tag(stage: StageFacts) -> Iterator[Problem]:
    """Yield the problem of an image whose name is not known, but its tag: `$REGISTRY/a:latest`."""
    word = stage.stage.from_.image
    name, colon, tag = word.raw.rpartition(":")
    is_whole = bool(colon) and "$" in name and "/" not in tag and "}" not in tag
    if is_whole and BaseImage(f"image:{tag}").moving_word:
        yield Problem(f"`{word.raw}` is whatever was pushed there last", word.span)


def _why(image: BaseImage) -> str:
    """Return what is moving about the tag of *image*, as a clause; empty for nothing."""
    if image.moving_word:
        return "is whatever was pushed there last"
    facts, parts = image.facts, image.parts
    if facts is None or image.digest or parts.date or parts.commit:
        return ""
    if not parts.version:
        has_version = parts.python or parts.cuda
        if facts.family in _COMPANIONS or (facts.family == "python" and not has_version):
            return "names no version"
    elif "." not in parts.version and parts.version == _versions(facts).get(facts.family):
        return f"names no version but `{parts.version}`"
    return ""


def _versions(facts: BaseFacts) -> dict[str, str | None]:
    """Return the version that a tag is about, by the family of the image."""
    return {"python": facts.python, "cuda": facts.cuda}


def _fix(stage: StageFacts) -> Fix | None:
    word = stage.stage.from_.image
    suggestion = stage.base.suggestion
    if suggestion is None or word.raw != stage.base.reference:
        return None
    colon = word.raw.rindex(":")
    if "\n" in stage.stage.from_.source.text[word.span.start : word.span.end]:
        return None
    return Fix(
        title=f"Write `{word.raw[:colon]}:{suggestion.tag}`",
        edits=(Edit(word.span.start + colon + 1, word.span.end, suggestion.tag),),
        applicability=Applicability.UNSAFE,
    )
