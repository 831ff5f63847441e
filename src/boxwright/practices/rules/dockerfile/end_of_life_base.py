"""
The base image is out of support.

Nobody mends what is found in it any more, and its package mirrors move to an archive one day: `apt-get update` then fails, as it does on Debian 10 and CentOS 7.
NVIDIA deletes the images of retired CUDA releases from its registries after a while.

Bad:

```dockerfile
FROM python:3.8-slim
```

```dockerfile
FROM python:3.12-slim-bullseye
```

```dockerfile
FROM nvidia/cuda:11.3.1-runtime-ubuntu20.04
```

Good:

```dockerfile
FROM python:3.12-slim-bookworm
```

```dockerfile
FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04
```

## When it is fine

Where support is bought: Ubuntu Pro, Debian ELTS. Debian counts as supported until the end of its long-term support, Ubuntu until that of its free one.
The dates are those of a table of boxwright, which may be behind where a date was put off.

## Fix

The same Python on the newest distribution, or the registry to which an image has moved, where that is known. Unsafe: versions of system packages change with it.

## Equivalents

None.

## References

Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.base_images import End
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.practices.unprivileged_user import shown
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def end_of_life_base(build: Build) -> Iterator[Problem]:
    said: set[str] = set()
    for stage in build.stages:
        facts = stage.base.facts
        if stage.parent is not None or facts is None:
            continue
        span = stage.stage.from_.image.span
        if facts.retired is not None and facts.retired <= build.today:
            why = facts.retired_why or "it is not kept up any more"
            yield Problem(
                f"`{stage.base.name}` is retired since {facts.retired}: {why}",
                span,
                _fix(stage, []),
            )
            continue
        over = [end for end in facts.ends if end.on <= build.today]
        if over:
            listed = " and ".join(f"{end.what} since {end.on}" for end in over)
            message = f"`{shown(stage.base)}` is out of support: {listed}"
            fix = _fix(stage, over)
            # Several stages from one image have one cause, unless each has to be mended.
            if message not in said or fix is not None:
                said.add(message)
                yield Problem(message, span, fix)


def _fix(stage: StageFacts, over: list[End]) -> Fix | None:
    word = stage.stage.from_.image
    successor = stage.base.successor
    if successor is None or successor.reference is None or word.raw != stage.base.reference:
        return None
    # Another distribution does not make an old Python newer.
    if any(end.what.startswith(("Python", "CUDA")) for end in over):
        return None
    reference = successor.reference
    if word.raw.startswith("docker.io/"):
        reference = (
            f"docker.io/{reference}" if "." not in reference.partition("/")[0] else reference
        )
    return Fix(
        title=f"Write `{reference}`",
        edits=(Edit.replace(word.span, reference),),
        applicability=Applicability.UNSAFE,
    )
