"""
FROM names an image without a tag.

It means `latest`: what is built depends on the day, and the next build may have another Python, another distribution, and wheels that are not there yet.

Bad:

```dockerfile
FROM python
RUN pip install --no-cache-dir torch==2.9.1
```

Good:

```dockerfile
FROM python:3.13.15-slim
RUN pip install --no-cache-dir torch==2.9.1
```

```dockerfile
FROM python@sha256:0000000000000000000000000000000000000000000000000000000000000000
```

## When it is fine

`scratch`, a stage above, and a variable whose value is not in the file need no tag.
A context that is named in the call of the build (`--build-context base=…`) cannot be seen from the Dockerfile.

## Fix

The newest release that is known here, where one is. Unsafe: it may be another than what `latest` is today.

## Equivalents

hadolint DL3006, checkov CKV_DOCKER_7, KICS "Image Version Not Explicit", semgrep missing-image-version.

A variable with a default is judged by that, as an `info`, and the port of a registry (`localhost:5000/image`) is no tag; hadolint judges neither.

## References

Best practices guide, Docker patterns, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def untagged_base(build: Build) -> Iterator[Problem]:
    names = set()
    for stage in build.stages:
        image = stage.base
        # What has a name with capitals is a stage that was meant, and refused.
        if (
            stage.parent is None
            and image.reference
            and not image.is_scratch
            and not (image.tag or image.digest or image.reference.endswith((":", "@")))
            and image.reference.lower() not in names
        ):
            yield Problem(
                message=f"`{image.name}` has no tag, which means `latest`",
                span=stage.stage.from_.image.span,
                fix=_fix(stage),
                severity=Severity.INFO if "$" in stage.stage.from_.image.raw else None,
            )
        names.add(stage.name)


def _fix(stage: StageFacts) -> Fix | None:
    word = stage.stage.from_.image
    suggestion = stage.base.suggestion
    if suggestion is None or word.raw != stage.base.reference:
        return None
    return Fix(
        title=f"Write `{word.raw}:{suggestion.tag}`",
        edits=(Edit.insert(word.span.end, f":{suggestion.tag}"),),
        applicability=Applicability.UNSAFE,
    )
