"""
DEBIAN_FRONTEND is set for good.

With `ENV` it stays in the image: whoever runs `apt-get` in a container later is asked nothing, and gets defaults that may not fit.
Only the build needs it, and an `ARG` ends with the build.

Bad:

```dockerfile
FROM ubuntu:24.04
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends tzdata
```

Good:

```dockerfile
FROM ubuntu:24.04
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends tzdata
```

## Fix

Each `ENV` that sets it becomes `ARG`, where none sets anything else. Safe: each stage that is made from this one sets it anew, or does not, and then it is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Arg, Argument, Env, Pair
from boxwright.text.edit import Edit

_NAME = "DEBIAN_FRONTEND"


@rule(Build, severity=Severity.INFO)
def persistent_debian_frontend(build: Build) -> Iterator[Problem]:
    final = build.final
    for env in build.of(Env):
        for pair in env.pairs:
            if pair.name.value != _NAME or not pair.value.value:
                continue
            stage = build.stage_of(env)
            if stage is None or final is None or not stage.ships:
                continue
            # `ENV DEBIAN_FRONTEND=` further down takes it back.
            last = final.env(_NAME)
            if last is not None and last != pair.value.value:
                continue
            yield Problem(
                message="`DEBIAN_FRONTEND` stays in the image, for everybody who uses it",
                span=pair.span,
                fix=_fix(stage, env) if stage is final else None,
            )


def _fix(stage: StageFacts, env: Env) -> Fix | None:
    facts = stage.base.facts
    settings = [each for part in stage.chain for each in part.of(Env) if _is_set(each.pairs)]
    # An ENV that is left would win over the ARG.
    if (
        env not in settings
        or (facts is not None and _NAME in facts.environment)
        or any(_is_set(arg.declared) for arg in stage.of(Arg))
        or not all(_may_go(each) and each.stage is stage.stage for each in settings)
    ):
        return None
    return Fix(
        title="Use `ARG`",
        edits=tuple(
            Edit.replace(each.keyword_span, keyword("ARG", each.dockerfile)) for each in settings
        ),
        applicability=Applicability.SAFE,
        changes=("-ENV", "+ARG") * len(settings),
    )


def _is_set(items: Iterable[Pair | Argument]) -> bool:
    return any(item.name.value == _NAME for item in items)


def _may_go(env: Env) -> bool:
    return len(env.pairs) == 1 and not env.pairs[0].legacy
