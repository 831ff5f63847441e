"""
A variable is used that nothing sets.

The builder puts nothing in its place, silently: `COPY --from=build $PREFX/bin /usr/bin/` copies `/bin`.
An `ARG` before the first `FROM` counts only in `FROM` lines, until a stage repeats it.

Bad:

```dockerfile
FROM python:3.12-slim
ARG MODEL_DIR=/models
COPY weights.onnx $MODEL_DRI/
```

```dockerfile
ARG APP_DIR=/srv/app
FROM python:3.12-slim
WORKDIR $APP_DIR
```

Good:

```dockerfile
ARG APP_DIR=/srv/app
FROM python:3.12-slim
ARG APP_DIR
WORKDIR $APP_DIR
```

## When it is fine

The base image may set it. Where a base is not known to us, only what is nearly the name of a known variable, or an `ARG` of the lines before `FROM`, is reported.
With a default, `${NAME:-value}`, a missing variable is expected.
`ENV PYTHONPATH=/app:$PYTHONPATH` is only worth knowing: an empty element of such a list is the current folder.

## Fix

A name that was mistyped is written right; an `ARG` of the lines before `FROM` is repeated in the stage. Unsafe: what is built is something else, though what was meant.

## Equivalents

BuildKit UndefinedVar.

BuildKit looks the base image up in its registry, and so can judge every base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.insertions import keyword
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import (
    Add,
    Arg,
    Copy,
    Env,
    Expose,
    Instruction,
    Label,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from boxwright.syntax.dockerfile.variables import VariableUse, variables
from boxwright.syntax.dockerfile.words import Word
from boxwright.text.edit import Edit

_MANY = 500


@rule(Build, severity=Severity.WARNING)
def undefined_variable(build: Build) -> Iterator[Problem]:
    early = {
        argument.name.value
        for instruction in build.dockerfile.global_arguments
        for argument in instruction.declared
    }
    for stage in build.stages:
        for instruction in stage.instructions:
            words = [word for word in _expanded_words(instruction) if "$" in word.raw]
            if not words:
                continue
            known = stage.environment_at(instruction)
            for word in words:
                uses = variables(word.raw, instruction.escape)
                for use in uses:
                    if (
                        use.name not in known
                        and use.name != "PATH"
                        and use.modifier[-1:] not in ("-", "+")
                        and not _is_asked_before(use, uses)
                    ):
                        yield from _problem(stage, instruction, word, use, known, early)


def _is_asked_before(use: VariableUse, uses: Sequence[VariableUse]) -> bool:
    """Tell whether *use* counts only where its variable is set: in `${x:+$x:}`."""
    return any(
        other.name == use.name
        and other.modifier[-1:] == "+"
        and other.start < use.start
        and use.end <= other.end
        for other in uses
    )


def _problem(
    stage: StageFacts,
    instruction: Instruction,
    word: Word,
    use: VariableUse,
    known: Mapping[str, object],
    early: set[str],
) -> Iterator[Problem]:
    span = instruction.part_span(word, use.start, use.end)
    if use.name in early:
        start = instruction.source.line_span(instruction.first_line).start
        newline = instruction.source.newline
        arg = keyword("ARG", instruction.dockerfile)
        yield Problem(
            message=f"`{use.name}` is set before the first `FROM` only, and empty in this stage",
            span=span,
            fix=Fix(
                title=f"Repeat `ARG {use.name}` in this stage",
                edits=(Edit.insert(start, f"{arg} {use.name}{newline}"),),
                applicability=Applicability.UNSAFE,
                changes=("+ARG",),
            ),
        )
        return
    nearest = _nearest(use.name, known)
    if nearest:
        text = instruction.source.text[span.start : span.end]
        yield Problem(
            message=f"`{use.name}` is not set; did you mean `{nearest}`?",
            span=span,
            fix=Fix(
                title=f"Write `{nearest}`",
                edits=(Edit.replace(span, text.replace(use.name, nearest, 1)),),
                applicability=Applicability.UNSAFE,
            )
            if use.name in text
            else None,
        )
    elif not stage.base.is_scratch and stage.base.facts is None:
        return
    elif isinstance(instruction, Env) and any(
        pair.name.value == use.name and pair.value.raw is word.raw for pair in instruction.pairs
    ):
        yield Problem(
            message=f"`{use.name}` was not set before, and the empty element that is left of it"
            " means the current folder",
            span=span,
            severity=Severity.INFO,
        )
    else:
        yield Problem(message=f"`{use.name}` is not set, so nothing takes its place", span=span)


def _nearest(name: str, known: Mapping[str, object]) -> str:
    # Comparing each with each takes long in a file of thousands; such a file was generated.
    if len(known) > _MANY:
        return ""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), "")


def _expanded_words(instruction: Instruction) -> Iterator[Word]:
    """Yield the words of *instruction* that the builder expands, not a shell."""
    match instruction:
        case Copy() | Add():
            yield from instruction.words
        case Env() | Label():
            yield from (pair.value for pair in instruction.pairs)
        case Arg():
            yield from (item.default for item in instruction.declared if item.default)
        case Expose():
            yield from instruction.ports
        case Volume():
            yield from instruction.paths
        case User():
            yield from [instruction.user] if instruction.user else []
        case Workdir():
            yield from [instruction.path] if instruction.path else []
        case Stopsignal():
            yield from [instruction.signal] if instruction.signal else []
        case _:
            pass
