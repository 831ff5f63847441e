"""
The image ships with a base that has compilers in it, though there is a slim one.

`python:3.12` is the image to build with: about 380 MB compressed, with gcc, headers of a hundred libraries, git and Mercurial. `python:3.12-slim` is about 44 MB, with the same Python.
The rest is pulled with every deployment, and is most of what a vulnerability scanner reports.

Bad:

```dockerfile
FROM python:3.12
RUN pip install --no-cache-dir fastapi==0.121.3 uvicorn==0.38.0
CMD ["uvicorn", "app:app"]
```

Good:

```dockerfile
FROM python:3.12 AS build
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir pyodbc==5.3.0

FROM python:3.12-slim
COPY --from=build /opt/venv /opt/venv
CMD ["/opt/venv/bin/uvicorn", "app:app"]
```

## When it is fine

A stage that does not ship may be as large as it likes: nothing is reported there.
An image in which people work, with a compiler at hand, is that large on purpose.

## Fix

The slim tag, where no command of the Dockerfile uses what only the full image has. Unsafe: something may be compiled, or a library missed, that cannot be seen from here.

## Equivalents

None.

## References

Best practices guide, Docker patterns, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.INFO)
def full_base_image(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or final.stage.is_implied:
        return
    base = final.base
    facts, slim = base.facts, base.slim
    if facts is None or slim is None or slim.facts is None:
        return
    if facts.family == "python" and facts.distribution is None:
        # So old that its size is not known.
        return
    yield Problem(
        message=f"`{_shown(base)}` is about {facts.size_mb} MB compressed,"
        f" `{_shown(slim)}` {slim.facts.size_mb}",
        span=build.shipped[0].stage.from_.image.span,
        fix=_fix(build, final, slim),
    )


def _shown(image: BaseImage) -> str:
    return f"{image.name}:{image.tag}" if image.tag else image.name


def _fix(build: Build, final: StageFacts, slim: BaseImage) -> Fix | None:
    word = build.shipped[0].stage.from_.image
    base = final.base
    # Without a version there is more to say than `slim`.
    if word.raw != base.reference or base.digest or not base.parts.version:
        return None
    if _needs_full(final, slim):
        return None
    colon = word.raw.rindex(":")
    return Fix(
        title=f"Write `{word.raw[:colon]}:{slim.tag}`",
        edits=(Edit(word.span.start, word.span.end, f"{word.raw[:colon]}:{slim.tag}"),),
        applicability=Applicability.UNSAFE,
    )


def _needs_full(final: StageFacts, slim: BaseImage) -> bool:
    """Tell whether a command uses, or may compile with, what *slim* does not have."""
    from boxwright.practices.programs.compilers import compilation

    full, small = final.base.facts, slim.facts
    if full is None or small is None:
        return True
    commands = [command for stage in final.chain for run in stage.runs for command in run.commands]
    commands += final.start_commands
    if final.healthcheck is not None:
        commands += final.healthcheck.commands
    for command in commands:
        program = command.program
        if (
            full.has_program(program)
            and not small.has_program(program)
            and program not in final.system_packages
        ):
            return True
        compiled = compilation(command)
        if compiled is not None and compiled.is_certain:
            return True
        if any("git+" in word.value for word in command.arguments):
            return True
    return False
