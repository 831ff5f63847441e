r"""
The source is copied before the dependencies are installed.

A layer is built again when anything before it changed. With the source in front, every edit of every file installs all dependencies again: with PyTorch that is 3 GB to fetch and minutes to wait, and a new layer of 5.5 GB to push and pull for one changed line.

Bad:

```text title="requirements.txt"
torch==2.6.0
```

```python title="app/main.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
CMD ["python", "-m", "app.main"]
```

Good:

```text title="requirements.txt"
torch==2.6.0
```

```python title="app/main.py"
print("hello")
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "-m", "app.main"]
```

```dockerfile
FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-install-project
COPY . .
RUN uv sync --frozen
```

## When it is fine

`pip install .` needs the source, so it is not reported; neither is a requirements file that asks for the project itself (`-e .`).
Copying only the files that the installation reads is what this is about, so it is fine.
One or two small packages by name, such as `pip install tomli`, are installed again so quickly that the order does not matter, and are not reported unless a list of dependencies follows.

## Fix

Only the files that the installation reads are copied before it, the rest after it.
With `uv sync` and `poetry install`, the dependencies are installed first, without the project, once no cache is left by it that would be there twice.
Safe where those files are known, because they are in the build context, and nothing in between reads the source.
Unsafe where the context is not known, and where an installation is split in two.
There is none where the installation is told of folders or files of the source: with `--find-links=.`, `-e ./x`, or `PIP_CONFIG_FILE`.

## Equivalents

None.

hadolint and BuildKit do not look at the order.

## References

Best practices guide, Docker patterns, MLSecOps, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.dependency_installs import DependencyInstall, dependency_install
from boxwright.practices.image_files import absolute
from boxwright.practices.insertions import keyword, lines_behind
from boxwright.practices.left_caches import left_caches
from boxwright.practices.programs.files import directories
from boxwright.practices.project_source import source_word
from boxwright.practices.reordering import destination_of, is_apart, is_below, may_move_past
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add, Copy, Run
from boxwright.text.edit import Edit
from boxwright.text.joined import Word
from boxwright.text.record import NamedTuple


@rule(Build, severity=Severity.WARNING)
def source_before_dependencies(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        found = _first(stage)
        if found is not None:
            copy, word, installs = found
            first = next(each.install for each in installs if not each.install.is_slight)
            yield Problem(
                message=f"`{word.value}` is copied before `{first.label}`: every"
                " change of a file installs the dependencies again",
                span=word.span,
                fix=_fix(build, stage, copy, installs),
            )


class _Installed(NamedTuple):
    run: Run
    install: DependencyInstall
    folder: str | None
    """The one that the command runs in."""


def _first(stage: StageFacts) -> tuple[Copy | Add, Word, list[_Installed]] | None:
    """Return the first COPY of source, and what is installed after it."""
    copied: tuple[Copy | Add, Word] | None = None
    before: set[str] = set()
    after: list[_Installed] = []
    for instruction in stage.instructions:
        if isinstance(instruction, Copy | Add):
            if copied is None:
                word = source_word(stage, instruction)
                copied = (instruction, word) if word is not None else None
        elif isinstance(instruction, Run):
            where = directories(instruction.commands, stage.workdir_at(instruction))
            for command, folder in zip(instruction.commands, where, strict=True):
                install = dependency_install(command)
                if install is None or len(after) > _MOST:
                    continue
                if copied is None:
                    before.add(install.tool)
                elif not (install.needs_project and install.tool in before) and not (
                    _asks_for_project(stage, instruction, install, folder)
                ):
                    after.append(_Installed(instruction, install, folder))
    if copied is None or all(each.install.is_slight for each in after):
        return None
    return (*copied, after)


_MOST = 50


def _asks_for_project(
    stage: StageFacts, run: Run, install: DependencyInstall, folder: str | None
) -> bool:
    """Tell whether a requirements file has a line such as `-e .`."""
    for path in install.manifests:
        origin = stage.origin(absolute(path, folder), before=run)
        if origin is None or stage.context is None or not origin.path:
            continue
        text = stage.context.read_text(origin.path)
        if text is not None and any(
            line.startswith((".", "/", "file:", "-e .", "-e file:", "--editable ."))
            for line in text.splitlines()
        ):
            return path.endswith((".txt", ".in"))
    return False


def _fix(
    build: Build, stage: StageFacts, copy: Copy | Add, installs: Sequence[_Installed]
) -> Fix | None:
    last = installs[-1].run
    if len(installs) > _MOST or any(_reads_source(stage, copy, each) for each in installs):
        return None
    if any(name in build.source.text for name in _SETTINGS):
        # They may name files of the source.
        return None
    start, end = stage.position(copy), stage.position(last)
    needing = [each for each in installs if each.install.needs_project]
    splits = bool(needing)
    if splits and (len(installs) > 1 or not _may_run_twice(stage, copy, needing[0])):
        return None
    if splits and any(left.run is last for left in left_caches(build, *_CACHES)):
        # It would be left in both layers.
        return None
    # What runs without the project has to be free of it, too.
    passed = stage.instructions[start + 1 : end if splits else end + 1]
    manifests = _manifests(stage, copy, installs)
    if manifests is None or copy.heredocs or (splits and (last.heredocs or not manifests.lines)):
        return None
    if not may_move_past(stage, copy, passed, is_there=bool(manifests.lines)):
        return None
    text, newline = build.source.text, build.source.newline
    moved = text[copy.span.start : copy.span.end]
    if splits:
        at = needing[0].install.insert_at
        option = f" {needing[0].install.leave_out}"
        first = text[last.span.start : at] + option + text[at : last.span.end]
        edit = Edit.insert(last.span.start, f"{first}{newline}{moved}{newline}")
        behind: tuple[Edit, ...] | None = (edit,)
    else:
        behind = lines_behind(last, moved)
    if behind is None:
        return None
    if manifests.lines:
        front = Edit.replace(copy.span, newline.join(manifests.lines))
    else:
        line = build.source.position(copy.span.end).line
        stop = build.source.starts[line] if line < len(build.source.starts) else len(text)
        front = Edit(copy.span.start, stop, "")
    is_safe = (
        manifests.are_known
        and not splits
        and not any(each.install.tool in {"npm", "yarn", "pnpm", "bun"} for each in installs)
    )
    return Fix(
        title="Copy the source after the dependencies are installed",
        edits=(front, *behind),
        applicability=Applicability.SAFE if is_safe else Applicability.UNSAFE,
        changes=("order", *("+COPY" for _ in manifests.lines), *(["+RUN"] if splits else [])),
    )


_CACHES = ("pip", "uv", "poetry", "pdm", "pipenv")


_SETTINGS = (
    "PIP_CONFIG_FILE",
    "PIP_CONSTRAINT",
    "PIP_FIND_LINKS",
    "UV_CONFIG_FILE",
    "UV_FIND_LINKS",
)


def _reads_source(stage: StageFacts, copy: Copy | Add, found: _Installed) -> bool:
    """Tell whether *found* may be told of a folder or wheel that *copy* brings."""
    destination = destination_of(stage, copy)
    for local in found.install.local:
        path = _known(stage.expanded(local, found.run), found.folder)
        if path is None or destination is None:
            return True
        path = absolute(path, found.folder)
        if is_below(path, destination) or is_below(destination, path):
            return True
    return False


def _may_run_twice(stage: StageFacts, copy: Copy | Add, found: _Installed) -> bool:
    """Tell whether the RUN of *found* may come before *copy* as well, with an option added."""
    destination = destination_of(stage, copy)
    return (
        destination is not None
        and found.install.insert_at > 0
        and all(
            command is found.install.command
            or (
                command.program.startswith(("pip", "poetry", "pdm", "uv", "python"))
                and is_apart(command, destination, found.folder)
            )
            for command in found.run.commands
        )
    )


class _Manifests(NamedTuple):
    lines: tuple[str, ...]
    """The COPY instructions for them."""
    are_known: bool
    """Whether all were seen in the context."""


def _manifests(
    stage: StageFacts, copy: Copy | Add, installs: Sequence[_Installed]
) -> _Manifests | None:
    """Return how to copy what *installs* read and *copy* brings; None where that is not known."""
    destination = destination_of(stage, copy)
    if destination is None or copy.destination is None or copy.parents or copy.excludes:
        return None
    folders: dict[str, dict[str, None]] = {}
    by_name = {posixpath.basename(word.value): word.value for word in copy.sources}
    are_known = True
    for run, install, workdir in installs:
        named = [_known(stage.expanded(path, run), workdir) for path in install.manifests]
        if None in named:
            return None
        wanted = [(path, True) for path in named if path is not None]
        wanted += [(path, False) for path in install.locks]
        wanted += [
            (path, False)
            for path in install.settings
            if (found := stage.origin(absolute(path, workdir), before=run)) and found.path
        ]
        while wanted:
            path, is_needed = wanted.pop(0)
            full = absolute(path, workdir)
            origin = stage.origin(full, before=run)
            if origin is not None and origin.instruction is not copy:
                continue
            inside = is_below(full, destination)
            if origin is not None and origin.path:
                source = origin.path
                if _names_folder(stage, source):
                    return None
                for include in _includes(stage, source, path):
                    if (include, True) not in wanted:
                        wanted.append((include, True))
            elif not inside and is_needed:
                # Something else brings it.
                continue
            elif posixpath.basename(full) in by_name:
                source = by_name[posixpath.basename(full)]
            elif len(copy.sources) != 1 or copy.sources[0].value not in {".", "./"}:
                return None
            elif stage.context is not None and not is_needed and are_known:
                continue
            else:
                are_known = False
                source = posixpath.relpath(full, destination)
                if not is_needed:
                    source += "*"
            if not inside or " " in source:
                return None
            below = posixpath.dirname(posixpath.relpath(full, destination))
            folder = copy.destination.raw.rstrip("/") or "/"
            target = f"{folder}/{below}/" if below else f"{folder.rstrip('/')}/"
            folders.setdefault(target, {})[source] = None
    flags = "".join(
        f"--{flag.name}={flag.value} " for flag in copy.flags if flag.name in {"chown", "chmod"}
    )
    word = keyword("COPY", copy.dockerfile)
    lines = tuple(
        f"{word} {flags}{' '.join(sources)} {target}" for target, sources in folders.items()
    )
    return _Manifests(lines, are_known)


def _known(path: str | None, workdir: str | None) -> str | None:
    """Return *path* if it is known which file it is, seen from *workdir*."""
    if path is None or set("$`*?").intersection(path):
        return None
    return path if workdir is not None or path.startswith("/") else None


def _names_folder(stage: StageFacts, source: str) -> bool:
    """Tell whether the requirements file *source* installs from a folder of files."""
    text = stage.context.read_text(source) if stage.context is not None else None
    if text is None or not source.endswith((".txt", ".in")):
        return False
    return any(
        line.startswith((".", "/", "file:", "-e .", "-e file:", "--editable ."))
        or (line.startswith(("-f ", "--find-links")) and "://" not in line)
        for line in text.splitlines()
    )


def _includes(stage: StageFacts, source: str, path: str) -> Iterator[str]:
    """Yield the files that the requirements file *source* names, seen from the working folder."""
    text = stage.context.read_text(source) if stage.context is not None else None
    if text is None or not source.endswith((".txt", ".in")):
        return
    for line in text.splitlines():
        words = line.split("#")[0].replace("=", " ").split()
        if len(words) == 2 and words[0] in {"-r", "-c", "--requirement", "--constraint"}:
            yield posixpath.join(posixpath.dirname(path), words[1])
