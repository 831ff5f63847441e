"""
Source code is fetched at whatever its branch has on that day.

A clone without a commit or tag is another one after each push: yesterday's build cannot be repeated, a layer from the cache holds what was there months ago, and whoever takes the repository over is in the next image.

Bad:

```dockerfile
FROM python:3.12
RUN git clone https://github.com/example/tool.git /opt/tool
```

```dockerfile
FROM python:3.12
RUN pip install --no-cache-dir git+https://github.com/example/tool.git@main
```

Good:

```dockerfile
FROM python:3.12
RUN git clone https://github.com/example/tool.git /opt/tool && git -C /opt/tool checkout 3f2a9c1d0e5b4a7c8d6f1e2a3b4c5d6e7f809a1b
```

```dockerfile
FROM python:3.12
RUN pip install --no-cache-dir git+https://github.com/example/tool.git@3f2a9c1d0e5b4a7c8d6f1e2a3b4c5d6e7f809a1b
```

## When it is fine

A tag or a release branch is taken for pinned here, though its owner can move it: a commit is the only name that stays. What a build argument says is not judged.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.programs.git import checkout, git_requirement, pinned_clones
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Run


@rule(Build, severity=Severity.WARNING)
def unpinned_git_source(build: Build) -> Iterator[Problem]:
    runs = {found.run.span.start: found for found in build.commands_of("git")}
    later: dict[int, bool] = {}
    for stage, run, _ in runs.values():
        if stage.index not in later:
            later[stage.index] = any(_only_checks_out(each) for each in stage.runs)
        if not later[stage.index]:
            yield from _clones(stage, run)
    for _, _, command in build.commands_of(*_INSTALLERS):
        for word in command.arguments:
            if "git+" not in word.value or word.value.startswith("-"):
                continue
            wanted = git_requirement(word.value)
            if wanted is not None and "$" not in wanted.ref and _is_moving(wanted.ref):
                yield Problem(message=_message(wanted.url, wanted.ref), span=word.span)
    for add in build.of(Add):
        for source in add.sources:
            url, _, ref = source.value.partition("#")
            if url.endswith(".git") and "://" in url and _is_moving(ref.partition(":")[0]):
                yield Problem(message=_message(url, ref.partition(":")[0]), span=source.span)


_INSTALLERS = ("pip", "pip2", "pip3", "python", "python3", "uv", "uvx", "pipx", "poetry", "pdm")


def _only_checks_out(run: Run) -> bool:
    """Tell whether *run* checks something out that another one cloned."""
    commands = [command for command in run.commands if command.program == "git"]
    return any(checkout(command) is not None for command in commands) and not any(
        True for _ in pinned_clones(run.commands)
    )


def _clones(stage: StageFacts, run: Run) -> Iterator[Problem]:
    for pinned in pinned_clones(run.commands, stage.workdir_at(run)):
        url = pinned.clone.url
        ref = stage.expanded(pinned.ref, run) if "$" in pinned.ref else pinned.ref
        if ref is None or "$" in ref or not _is_moving(ref):
            continue
        # A folder, or what a variable says.
        if url.value.startswith(("/", ".", "file:", "$")):
            continue
        yield Problem(message=_message(url.value, ref), span=pinned.clone.command.span)


_BRANCHES = frozenset(
    {
        "main", "master", "develop", "development", "dev", "trunk", "head", "nightly", "latest",
        "stable", "next", "edge", "staging", "release", "default",
    }
)  # fmt: skip


def _is_moving(ref: str) -> bool:
    return ref.lower().removeprefix("origin/").removeprefix("refs/heads/") in {"", *_BRANCHES}


def _message(url: str, ref: str) -> str:
    name = url.rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]
    if ref:
        return f"`{name}` is taken from `{ref}`, which moves"
    return f"`{name}` is taken without a commit or tag"
