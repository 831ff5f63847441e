r"""
Something that changes with every commit comes before slow steps that do not need it.

A step is taken from the cache only if nothing before it changed. With the source in front of `apt-get install`, the packages are fetched again for every edit.
A build argument counts for every `RUN` behind it, used or not: with the commit's hash at the top, nothing is ever taken from the cache.

Bad:

```text title="app.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
COPY . /app
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
CMD ["python", "/app/app.py"]
```

```dockerfile
FROM python:3.12-slim
ARG GIT_SHA
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
LABEL org.opencontainers.image.revision=$GIT_SHA
```

Good:

```text title="app.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
COPY . /app
CMD ["python", "/app/app.py"]
```

```dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1
ARG GIT_SHA
LABEL org.opencontainers.image.revision=$GIT_SHA
```

## When it is fine

Where Python or Node.js packages are installed after the source as well, `source-before-dependencies` reports it and this rule does not.
An argument such as `CACHEBUST` is there to have this effect, so it is not reported.

## Fix

The instruction is moved behind the last of the slow steps, if nothing in between needs it. Safe.

## References

Best practices guide, Docker patterns, MLSecOps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.insertions import lines_behind
from boxwright.practices.programs.compilers import compilation
from boxwright.practices.programs.downloads import downloads
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.project_source import source_word
from boxwright.practices.reordering import destination_of, may_move_past, reads
from boxwright.practices.rule import Problem, rule
from boxwright.practices.run_edits import without_lines
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Arg, Copy, Env, Instruction, Run
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def cache_busting_copy(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        yield from _of_source(build, stage)
        yield from _of_arguments(build, stage)


def _of_source(build: Build, stage: StageFacts) -> Iterator[Problem]:
    for copy in stage.copies:
        word = source_word(stage, copy)
        if word is None:
            continue
        later = [run for run in stage.runs if stage.position(run) > stage.position(copy)]
        installs = [dependency_install(command) for run in later for command in run.commands]
        destination = destination_of(stage, copy)
        if destination is None or any(each and not each.needs_project for each in installs):
            return
        slow = [
            (run, label)
            for run in later
            if not reads(stage, run, destination) and (label := _system_install(run))
        ]
        if slow:
            yield Problem(
                message=f"`{word.value}` is copied before `{slow[0][1]}`: every change of a file"
                " does that again",
                span=word.span,
                fix=_fix(build, copy, slow[-1][0])
                if may_move_past(stage, copy, _between(stage, copy, slow[-1][0]))
                and not copy.heredocs
                else None,
            )
        return


def _of_arguments(build: Build, stage: StageFacts) -> Iterator[Problem]:
    names: dict[str, Arg] = {}
    for arg in stage.of(Arg):
        for declared in arg.declared:
            default = declared.default.value.lower() if declared.default is not None else ""
            if default in _NO_VALUES and _is_volatile(declared.name.value):
                names.setdefault(declared.name.value, arg)
    if not names:
        return
    slow = [(run, label) for run in stage.runs if (label := _slow(run))]
    # A compilation may find the argument in its environment.
    compiling = max((stage.position(run) for run in stage.runs if _compiles(run)), default=-1)
    for name, arg in list(names.items())[:_MOST]:
        position = stage.position(arg)
        later = [found for found in slow if stage.position(found[0]) > position]
        if not later or name in later[0][0].script.text or compiling > position:
            continue
        between = _between(stage, arg, later[-1][0])
        is_used = any(_uses(name, each) for each in between)
        yield Problem(
            message=f"`{name}` is new for every build, so `{later[0][1]}` is never taken from the"
            " cache",
            span=next(each.span for each in arg.declared if each.name.value == name),
            fix=None if is_used or len(arg.declared) > 1 else _fix(build, arg, later[-1][0]),
        )


_MOST = 20
_NO_VALUES = frozenset(
    {"", "dev", "unknown", "none", "local", "head", "main", "latest", "n/a", "x", "0", "undefined"}
)


def _is_volatile(name: str) -> bool:
    lowered = name.lower()
    return re.fullmatch(
        r"(?:\w+_)?(?:git_?(?:sha|hash|commit|rev|ref|revision)|commit(?:_?(?:sha|hash|id))?"
        r"|vcs_ref|github_sha|build_?(?:date|time|timestamp|id|number)|source_commit|revision)",
        lowered,
    ) is not None and not lowered.startswith(_OF_OTHERS)


_OF_OTHERS = (
    "torch", "pytorch", "vllm", "flash", "xformers", "llvm", "triton", "apex", "onnx", "base", "tvm",
    "model", "dataset", "cuda", "nccl", "ucx", "trt", "tensorrt", "hf_", "deepspeed", "opencv",
)  # fmt: skip


def _system_install(run: Run) -> str:
    """Return how messages call the system packages that *run* installs; empty if none."""
    for command in run.commands:
        system = system_command(command)
        if system is not None and system.action == "install":
            return f"{system.program} {system.subcommand.value}"
    return ""


def _slow(run: Run) -> str:
    label = _system_install(run)
    if label:
        return label
    for command in run.commands:
        install = dependency_install(command)
        if install is not None:
            return install.label
        if downloads(command):
            return command.program
    return ""


def _compiles(run: Run) -> bool:
    return any(compilation(command) is not None for command in run.commands)


def _between(stage: StageFacts, first: Instruction, last: Instruction) -> Sequence[Instruction]:
    return stage.instructions[stage.position(first) + 1 : stage.position(last) + 1]


def _uses(name: str, instruction: Instruction) -> bool:
    if isinstance(instruction, Env | Run | Copy | Add | Arg) or "$" in instruction.line.text:
        text = instruction.source.text[instruction.span.start : instruction.span.end]
        if isinstance(instruction, Run) and not _slow(instruction):
            return True  # A program finds it in its environment.
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    return False


def _fix(build: Build, moved: Instruction, last: Run) -> Fix | None:
    # The comment above belongs to what is moved.
    comments = moved.comments
    start = comments[0].span.start if comments else moved.span.start
    lines = build.source.text[start : moved.span.end]
    removal = without_lines(moved)
    front = Edit(build.source.line_span(build.source.position(start).line).start, removal.end, "")
    behind = lines_behind(last, lines)
    if behind is None:
        return None
    return Fix(
        title=f"Move this `{moved.keyword}` behind the slow steps",
        edits=(front, *behind),
        applicability=Applicability.SAFE,
        changes=("order",),
    )
