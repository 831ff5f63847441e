r"""
The build asks for a GPU, which it does not have.

A build runs without the NVIDIA runtime. `nvidia-smi` is not there, so the build fails; `torch.cuda.is_available()` says no, so whatever depends on the answer is built for the CPU.

Bad:

```dockerfile
FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime
RUN nvidia-smi
```

```dockerfile
FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime
RUN python -c "import torch; assert torch.cuda.is_available()"
```

Good:

```dockerfile
FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime
RUN python -c "import torch; print(torch.version.cuda)"
CMD ["python", "-c", "import torch; assert torch.cuda.is_available()"]
```

## When it is fine

When a container starts, there is a GPU: `CMD`, `ENTRYPOINT` and `HEALTHCHECK` are not reported.

## Equivalents

tally no-buildtime-gpu-queries.

Scripts of the context that a `RUN` starts are read as well.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.gpu import gpu_queries, gpu_queries_of_code
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def gpu_queried_at_build(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        stage = build.stage_of(run)
        for command in run.commands:
            for query in gpu_queries(command):
                end = "it fails" if query.fails else "it says that there is none"
                yield Problem(
                    message=f"`{query.name}` needs a GPU, and a build has none: {end}",
                    span=query.span,
                )
            script = _script(stage, run, command) if stage is not None else None
            if script is not None:
                yield Problem(
                    message=f"`{script[0]}` asks `{script[1]}`, and a build has no GPU",
                    span=command.span,
                )


def _script(stage: StageFacts, run: Run, command: Command) -> tuple[str, str] | None:
    """Return the script of the context that *command* runs, and what it asks a GPU."""
    if not command.program.startswith("python") or stage.context is None:
        return None
    word = next((word for word in command.arguments if not word.value.startswith("-")), None)
    if word is None or not word.value.endswith(".py") or not word.is_static:
        return None
    found = stage.origin(word.value, before=run)
    text = stage.context.read_text(found.path) if found is not None and found.path else None
    if text is None or len(text) > 200_000 or "cuda" not in text:
        return None
    from boxwright.practices.programs.python_code import PythonCode
    from boxwright.text.joined import Joined

    # What is in functions may never run; only what fails for want of a GPU counts.
    for query in gpu_queries_of_code(PythonCode(Joined(text, (0,), (0,)))):
        line = text[text.rfind("\n", 0, query.span.start) + 1 : query.span.start]
        if query.fails and not line[:1].isspace():
            return word.value, query.name
    return None
