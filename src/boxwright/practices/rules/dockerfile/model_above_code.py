"""
The model is put into the image after the code.

A layer is made again when one below it changes.
With the weights on top, each change of the code stores, pushes and pulls gigabytes again, or downloads the model again.
Below the code their layer stays the same.

Bad:

```text title="serve.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY *.py ./
COPY models/final.safetensors ./models/
```

Good:

```text title="serve.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY models/final.safetensors ./models/
COPY *.py ./
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY *.py ./
COPY --link models/final.safetensors /app/models/
```

## When it is fine

`COPY --link` makes a layer that does not depend on those below.
A download that runs a script of the project needs that script; copy it alone before.

## Fix

The `COPY` of the model is moved above the one of the code, where nothing in between has to do with it. Unsafe: where both put files into the same folder, the later one wins.

## References

MLSecOps, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy, Run
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Instruction
    from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def model_above_code(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        code: Copy | Add | None = None
        for instruction in stage.instructions:
            if isinstance(instruction, Copy | Add):
                if code is None and instruction.from_ is None and _is_code(stage, instruction):
                    code = instruction
                elif code is not None and instruction.link is None and instruction.from_ is None:
                    name = _weights(stage, instruction)
                    if name:
                        yield Problem(
                            message=f"`{name}` comes after the code in line {code.first_line}: each"
                            " change of that makes its layer again",
                            span=instruction.keyword_span,
                            fix=_fix(build, stage, code, instruction),
                        )
            elif code is not None and isinstance(instruction, Run):
                for found, span in _downloads(instruction):
                    yield Problem(
                        message=f"`{found}` comes after the code in line {code.first_line}: each"
                        " change of that downloads it again",
                        span=span,
                    )


def _is_code(stage: StageFacts, copy: Copy | Add) -> bool:
    for word in copy.sources:
        pattern = stage.expanded(word.raw, copy) or ""
        if pattern.endswith(".py") and posixpath.basename(pattern) != "setup.py":
            # One script, to fetch the model by, changes rarely.
            return "*" in pattern or len(copy.sources) > 2 or "download" not in pattern
        if pattern.strip("./") in {"", "*"}:
            return True
        if stage.context is not None and any(
            path.endswith(".py") for path in stage.context.matches(pattern)
        ):
            return not _is_model_path(pattern)
    return False


def _weights(stage: StageFacts, copy: Copy | Add) -> str:
    """Return what *copy* copies if it is weights and nothing else."""
    from boxwright.practices.programs.models import is_model_file

    for word in copy.sources:
        pattern = stage.expanded(word.raw, copy) or ""
        # In other folders `.pth` is a list of paths for Python.
        is_file = is_model_file(pattern) and not pattern.endswith(".pth")
        if (
            is_file
            or (_is_model_path(pattern) and is_model_file(pattern))
            or (_is_model_path(pattern) and _holds_weights(stage, pattern))
        ):
            return word.value
    return ""


def _is_model_path(path: str) -> bool:
    parts = path.lower().strip("./").split("/")
    return not {"models", "model", "weights", "checkpoints", "checkpoint"}.isdisjoint(parts[-2:])


def _holds_weights(stage: StageFacts, pattern: str) -> bool:
    context = stage.context
    if context is None:
        return False
    taken = context.matches(pattern)
    return not set(context.weights).isdisjoint(taken) and not any(
        path.endswith(".py") for path in taken
    )


def _downloads(run: Run) -> Iterator[tuple[str, Span]]:
    from boxwright.practices.programs.models import model_downloads

    if any(mount.type == "cache" for mount in run.mounts):
        return
    for command in run.commands:
        for item in model_downloads(command):
            if item.kind == "model" and item.name:
                yield item.name, item.span


def _fix(build: Build, stage: StageFacts, code: Copy | Add, copy: Copy | Add) -> Fix | None:
    between = stage.instructions[stage.position(code) : stage.position(copy)]
    if not all(_is_apart(item) for item in between) or "$" in copy.line.text:
        return None
    source = build.source
    first = copy.comments[0].line if copy.comments else copy.first_line
    start = source.line_span(first).start
    end = copy.span.end
    after = source.text[end:].partition("\n")
    if after[0].strip():
        return None
    code_first = code.comments[0].line if code.comments else code.first_line
    at = source.line_span(code_first).start
    text = source.text[start:end] + (after[0] + after[1] if after[1] else source.newline)
    return Fix(
        title="Move it above the code",
        edits=(
            Edit.insert(at, text),
            Edit(start, end + len(after[0]) + len(after[1]), ""),
        ),
        applicability=Applicability.UNSAFE,
        changes=("order",),
    )


def _is_apart(instruction: Instruction) -> bool:
    return instruction.keyword in {"COPY", "EXPOSE", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK"}
