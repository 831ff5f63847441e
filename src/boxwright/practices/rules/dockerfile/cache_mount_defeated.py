r"""
A cache mount that keeps nothing.

A mount is there so that the next build need not download again what this one did.
With `--no-cache-dir` pip does not look at it, with a clean-up in the same `RUN` it is empty afterwards, at the path of another user nobody writes to it, and in images of Debian and Ubuntu the hook `docker-clean` deletes every package that apt has fetched.

Bad:

```dockerfile
FROM python:3.12-slim
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir torch==2.6.0
```

```dockerfile
FROM debian:13-slim
RUN --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
```

```dockerfile
FROM debian:13-slim
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends libgomp1
```

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home --uid 1000 app
USER app
RUN --mount=type=cache,target=/home/app/.cache/pip pip install --user torch==2.6.0
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir uv==0.9.26
RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system torch==2.6.0
```

Good:

```dockerfile
FROM python:3.12-slim
RUN --mount=type=cache,target=/root/.cache/pip pip install torch==2.6.0
```

```dockerfile
FROM debian:13-slim
RUN rm -f /etc/apt/apt.conf.d/docker-clean
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends libgomp1
```

```dockerfile
FROM python:3.12-slim
RUN useradd --create-home --uid 1000 app
USER app
RUN --mount=type=cache,target=/home/app/.cache/pip,uid=1000 pip install --user torch==2.6.0
```

## When it is fine

A mount that several programs share, `/root/.cache` for one, serves the others even if pip does not use it: that is not reported.
That uv has no `UV_LINK_MODE` is an information: it looks for a link, warns, and copies.

## Fix

What defeats the mount is taken away: the option, the clean-up, the wrong home in the target.
For a user that is not root, `uid=` is added; for uv, `--link-mode=copy`.
Safe, but for the hook of apt: removing it changes what a later `apt-get` without a mount leaves behind, so that one is unsafe.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.insertions import keyword
from boxwright.practices.left_caches import cache_settings
from boxwright.practices.programs.apt import apt_command
from boxwright.practices.programs.caches import (
    cache_mount_covers,
    cleared_caches,
    filled_caches,
)
from boxwright.practices.programs.files import removal
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.practices.user_folders import home_of
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.programs.arguments import Option
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.dockerfile.mounts import Mount
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def cache_mount_defeated(build: Build) -> Iterator[Problem]:
    for run in build.runs:
        if run.stage is None or not run.flags:
            continue
        stage = build.stages[run.stage.index]
        for mount in run.mounts:
            target = stage.expanded(mount.target, run) if mount.target else None
            if mount.type != "cache" or target is None or not run.commands:
                continue
            target = absolute(target, stage.workdir_at(run))
            yield from _turned_off(stage, run, mount, target)
            yield from _emptied(run, mount, target)
            yield from _in_another_home(stage, run, mount, target)
            if target in _APT_ARCHIVES:
                yield from _cleaned_by_hook(build, stage, run, mount)
            yield from _not_linked(stage, run, target)


def _turned_off(stage: StageFacts, run: Run, mount: Mount, target: str) -> Iterator[Problem]:
    """Yield the options that turn the cache off that is mounted."""
    name = target.rpartition("/")[2]
    if name not in {"pip", "uv"}:
        return
    options: list[Option] = []
    for command in run.commands:
        pip = pip_command(command) if name == "pip" else None
        uv = uv_command(command) if name == "uv" else None
        if (pip and pip.action in {"install", "wheel", "download"}) or (uv and uv.installs):
            found = (pip or uv).arguments.option(  # type: ignore[union-attr]
                "--no-cache-dir", "--no-cache", *(["-n"] if uv else [])
            )
            if found is None:
                # Somebody uses it.
                return
            options.append(found)
    # Once it uses the cache, uv cannot link from it.
    copies = name == "uv" and not _says_link_mode(stage, run)
    for option in options:
        edit = (
            Edit.replace(option.word.span, "--link-mode=copy")
            if copies and "link-mode" not in run.script.text
            else _without(run, option.word.span)
        )
        is_alone = option.word.value.startswith("--")
        yield Problem(
            message=f"`{option.name}` turns off the cache that is mounted at `{mount.target}`",
            span=option.word.span,
            fix=_fix(f"Remove `{option.name}`", [edit]) if is_alone else None,
        )


def _emptied(run: Run, mount: Mount, target: str) -> Iterator[Problem]:
    """Yield the commands that empty what is mounted."""
    commands = run.commands
    texts: list[str] = []
    spans: list[Span] = []
    edits: list[Edit | None] = []
    for at, command in enumerate(commands):
        removed = removal(command) if command.program == "rm" else None
        if removed is not None:
            paths = [word.value.removesuffix("*").rstrip("/") or "/" for word in removed.paths]
            is_all = all(_holds(target, path) for path in paths)
            if not paths or not any(_holds(target, path) for path in paths):
                continue
        else:
            is_all = True
            if not any(_is_mounted(name, target) for name in cleared_caches(command)):
                continue
            apt = apt_command(command)
            if apt is not None and target not in _APT_ARCHIVES:
                continue
        texts.append(f"`{' '.join(word.raw for word in command.words)}`")
        spans.append(command.span)
        before = commands[at - 1] if at else None
        edits.append(_without_command(run, command, before) if is_all else None)
    if spans:
        sure = [edit for edit in edits if edit is not None]
        yield Problem(
            message=f"{' and '.join(texts)} {'empties' if len(texts) == 1 else 'empty'} the cache"
            f" that is mounted at `{mount.target}`",
            span=spans[0],
            fix=_fix("Leave the mounted cache as it is", sure) if len(sure) == len(edits) else None,
        )


def _holds(target: str, path: str) -> bool:
    """Tell whether *path* is the cache that is mounted at *target*, or the part of apt's in it."""
    return path == target or (target == "/var/lib/apt" and path == "/var/lib/apt/lists")


def _is_mounted(name: str, target: str) -> bool:
    tails = {"pip": "/.cache/pip", "uv": "/.cache/uv", "conda": "/pkgs", "apt archives": ""}
    tail = tails.get(name)
    return tail is not None and (target in _APT_ARCHIVES if not tail else target.endswith(tail))


def _in_another_home(stage: StageFacts, run: Run, mount: Mount, target: str) -> Iterator[Problem]:
    """Yield a mount in the home of somebody else, or one that its user may not write to."""
    user = stage.user_at(run)
    if user.is_root is None or "sudo" in run.script.text:
        return
    home = home_of(stage, user, stage.environment_at(run))
    if home.path is None or home.path == "/":
        return
    environment = cache_settings(stage, run)
    for command in run.commands:
        for filled in filled_caches(command, environment):
            tails = [folder[1:] for folder in filled.folders if folder.startswith("~/")]
            tail = next((tail for tail in tails if target.endswith(tail)), None)
            if tail is None or filled.cache.name not in {"pip", "uv", "poetry", "npm"}:
                continue
            wanted = f"{home.path.rstrip('/')}{tail}"
            who = f"`{user.name}`" if user.name else "root"
            # A root of its own has no `uid=`.
            uid = "" if user.is_root else home.uid
            if not cache_mount_covers(target, filled.folders, home.path):
                yield Problem(
                    message=f"{who} keeps the cache of {filled.cache.name} in `{wanted}`, not in"
                    f" `{mount.target}`",
                    span=mount.flag.span,
                    fix=_moved(mount, wanted, uid) if user.is_root or uid else None,
                )
                return
            if user.is_root is False and not mount.uid and not _is_open(mount.mode):
                yield Problem(
                    message=f"{who} may not write to the cache that is mounted at"
                    f" `{mount.target}`: it is root's",
                    span=mount.flag.span,
                    fix=_moved(mount, wanted, uid) if uid else None,
                )
                return


def _is_open(mode: str) -> bool:
    return mode[-1:] in {"2", "3", "6", "7"} if mode else False


def _moved(mount: Mount, target: str, uid: str) -> Fix | None:
    value = mount.flag.value
    if mount.target not in value or '"' in value:
        return None
    owner = f",uid={uid}" if uid and not mount.uid else ""
    changed = value.replace(f"={mount.target}", f"={target}") + owner
    return _fix(
        f"Mount it at `{target}`{f' for the user {uid}' if owner else ''}",
        [Edit.replace(mount.flag.value_span, changed)],
    )


_APT_ARCHIVES = frozenset({"/var/cache/apt", "/var/cache/apt/archives"})


def _cleaned_by_hook(build: Build, stage: StageFacts, run: Run, mount: Mount) -> Iterator[Problem]:
    facts = stage.base.facts
    text = build.source.text
    if facts is None or not (facts.distribution or "").startswith(("debian:", "ubuntu:")):
        return
    if "docker-clean" in text or "Keep-Downloaded" in text or run.parent is not None:
        return
    if not any(
        (apt := apt_command(command)) is not None and apt.action in {"install", "build-dep"}
        for command in run.commands
    ):
        return
    line = build.source.line_span(run.comments[0].line if run.comments else run.first_line)
    word = keyword("RUN", build.dockerfile)
    added = f"{word} rm -f /etc/apt/apt.conf.d/docker-clean{build.source.newline}"
    yield Problem(
        message=f"the hook `docker-clean` of the base image empties `{mount.target}` after each"
        " install",
        span=mount.flag.span,
        fix=Fix(
            title="Remove the hook before",
            edits=(Edit.insert(line.start, added),),
            applicability=Applicability.UNSAFE,
            changes=("+RUN",),
        )
        if stage.user_at(run).is_root
        else None,
    )


def _not_linked(stage: StageFacts, run: Run, target: str) -> Iterator[Problem]:
    if not target.endswith("/uv") or "UV_LINK_MODE" in run.script.text:
        return
    if _says_link_mode(stage, run):
        return
    for command in run.commands:
        uv = uv_command(command)
        if uv is None or uv.action not in _LINKING or uv.link_mode or uv.no_cache:
            continue
        yield Problem(
            message=f"`uv {uv.action}` cannot link from the mounted cache, warns, and copies",
            span=uv.subcommand.span,
            fix=_fix("Add `--link-mode=copy`", [Edit.insert(uv.insert_at, " --link-mode=copy")]),
            severity=Severity.INFO,
        )


def _says_link_mode(stage: StageFacts, run: Run) -> bool:
    name = "UV_LINK_MODE"
    return stage.is_mentioned(name) and name in stage.environment_at(run)


_LINKING = frozenset({"sync", "pip install", "pip sync", "add", "tool install"})


def _fix(title: str, edits: list[Edit]) -> Fix:
    return Fix(title=title, edits=tuple(edits), applicability=Applicability.SAFE)


def _without(run: Run, span: Span) -> Edit:
    """Return the edit that takes the word at *span* away, with the blanks before it."""
    start = span.start
    while run.source.text[start - 1] in " \t":
        start -= 1
    return Edit(start, span.end, "")


def _without_command(run: Run, command: Command, before: Command | None) -> Edit | None:
    """Return the edit that takes *command* away, and what joins it to the one *before* it."""
    if before is None or command.connector not in {"&&", ";", "\n"} or command.outer is not None:
        return None
    if command.conditional or run.is_exec or before.stdin is not None:
        return None
    between = run.source.text[before.span.end : command.span.start]
    if between.replace(run.escape, "").strip() not in {"&&", ";", ""} or "#" in between:
        return None
    return Edit(before.span.end, command.span.end, "")
