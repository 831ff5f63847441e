r"""
An archive is downloaded and unpacked, and stays in the layer.

What was unpacked is all that is needed; the archive beside it is stored, pulled and scanned for ever.
A `rm` in a later instruction hides it and does not make the image smaller.

Bad:

```dockerfile
FROM debian:12-slim
WORKDIR /opt
RUN curl -fsSLO https://example.com/spark-3.5.4.tgz && tar -xzf spark-3.5.4.tgz
```

Good:

```dockerfile
FROM debian:12-slim
WORKDIR /opt
RUN curl -fsSLO https://example.com/spark-3.5.4.tgz && tar -xzf spark-3.5.4.tgz && rm spark-3.5.4.tgz
```

```dockerfile
FROM debian:12-slim
RUN curl -fsSL https://example.com/spark-3.5.4.tgz | tar -xzC /opt
```

## When it is fine

An archive that nothing unpacks or installs is taken to be wanted as it is.
Stages that do not ship leave nothing behind.

## Fix

The archive is removed at the end of the same `RUN`.
Safe; where a later instruction names the archive, there is no fix.

## Equivalents

None.

KICS and hadolint know no such check; dockerfile-doctor's DD016 asks for any `rm` after a download.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.archives import KeptArchive, extraction, kept_archives
from boxwright.practices.programs.files import covers, removal
from boxwright.practices.reordering import is_below
from boxwright.practices.rule import Problem, rule
from boxwright.practices.run_edits import appended
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.shell.command import Command

_INSTALLERS = frozenset(
    {"dpkg", "apt", "apt-get", "rpm", "yum", "dnf", "pip", "pip3", "sh", "bash", "gdebi", "alien"}
)


@rule(Build, severity=Severity.WARNING)
def archive_left_in_layer(build: Build) -> Iterator[Problem]:
    for stage in build.shipped:
        runs = stage.runs
        later: dict[str, tuple[Run, Command]] | None = None
        for run in runs:
            for kept in kept_archives(run.commands, stage.workdir_at(run)):
                if _is_mounted(stage, run, kept.path) or kept.path.startswith("/dev/"):
                    continue
                name = posixpath.basename(kept.path)
                user, place = _user(run, kept), ""
                if user is None:
                    later = _users(runs) if later is None else later
                    other, user = later.get(name, (run, None))
                    if user is None or other.first_line <= run.last_line:
                        continue
                    place = f" in line {other.first_line}"
                yield Problem(
                    message=f"`{name}` stays in this layer after `{user.program}`{place} is done"
                    " with it",
                    span=kept.download.url_word.span,
                    fix=_fix(stage, run, kept) if not place else None,
                )


def _user(run: Run, kept: KeptArchive) -> Command | None:
    """Return the command of *run* that unpacks or installs the archive."""
    name = posixpath.basename(kept.path)
    for command in run.commands:
        if command is kept.download.command:
            continue
        found = extraction(command)
        if found is not None:
            if found.archive is not None and found.archive.value.endswith(name):
                return command
        elif (command.program in _INSTALLERS or command.program == name) and any(
            word.value.endswith(name) for word in command.words
        ):
            return command
    return None


def _users(runs: Sequence[Run]) -> dict[str, tuple[Run, Command]]:
    """Return the first command that unpacks or removes each archive, by the archive's name."""
    found: dict[str, tuple[Run, Command]] = {}
    for run in runs:
        for command in run.commands:
            unpacked, removed = extraction(command), removal(command)
            words = list(removed.paths) if removed is not None else []
            if unpacked is not None and unpacked.archive is not None:
                words.append(unpacked.archive)
            for word in words:
                found.setdefault(posixpath.basename(word.value), (run, command))
    return found


def _is_mounted(stage: StageFacts, run: Run, path: str) -> bool:
    workdir = stage.workdir_at(run)
    return any(
        mount.target and is_below(path, absolute(mount.target, workdir))
        for mount in run.mounts
        if mount.type in {"cache", "tmpfs"}
    )


def _fix(stage: StageFacts, run: Run, kept: KeptArchive) -> Fix | None:
    name = posixpath.basename(kept.path)
    path = kept.path
    if kept.download.command.conditional:
        return None
    is_named_later = run.source.text.find(name, run.span.end, stage.stage.span.end) >= 0
    if is_named_later or not _is_plain(path):
        return None
    if "~" in kept.download.output or "$" in kept.download.output:
        path = kept.download.output
    if covers("/root", kept.path) and not stage.user_at(run).is_root:
        return None
    edit = appended(run, f"rm {path}")
    if edit is None:
        return None
    return Fix(
        title="Remove the archive in the same `RUN`",
        edits=(edit,),
        applicability=Applicability.SAFE,
    )


def _is_plain(path: str) -> bool:
    return not any(character in path for character in " '\"\\;&|<>()*?[]{}")
