"""
What is copied belongs to root, although another user is set.

`COPY` does not look at `USER`: without `--chown` all files it brings belong to root.
The user that the next commands and the container run as can read them, but not change them or write beside them.

Bad:

```dockerfile
FROM node:22-slim
USER node
WORKDIR /home/node/app
COPY package.json ./
RUN npm install
```

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 1000 --create-home app
USER 1000:1000
COPY . /home/app/src
```

Good:

```dockerfile
FROM node:22-slim
USER node
WORKDIR /home/node/app
COPY --chown=node package.json ./
RUN npm install
```

## When it is fine

Code that the process only reads had better belong to root: then it cannot be changed by who breaks in.
So it is a warning where a later `RUN` of that user writes there, and an `info` elsewhere, but in folders of the system such as `/usr`, `/etc` and `/opt`; where root-owned files are meant, say so with `--chown=root`.

## Fix

`--chown` with the user in force is added. Safe where a later command has to write there; unsafe elsewhere, since the process may then change its files.

## Equivalents

tally copy-after-user-without-chown.

tally also reports folders of the system and users in variables, and not `ADD`. KICS has the opposite opinion, "Chown Flag Exists".

## References

Docker patterns.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from itertools import islice

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.image_files import Copied
from boxwright.practices.programs.files import absolute, covers
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts, UserFact
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple

_IN_PLACE = frozenset(
    {"npm", "yarn", "pnpm", "bun", "make", "cmake", "cargo", "gradle", "mvn", "bundle"}
)
"""Programs that write where they run."""
_ON_PATHS = frozenset(
    {"chmod", "chown", "mkdir", "touch", "mv", "rm", "ln", "tee", "patch", "unzip", "sed"}
)
"""Programs that change what they are given."""
_MANY = 300
_OF_ROOT = ("/usr/", "/etc/", "/bin/", "/sbin/", "/lib", "/dev/", "/opt/", "/tmp/")  # noqa: S108


@rule(Build, severity=Severity.WARNING)
def copy_after_user_without_chown(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        writes: tuple[_Write, ...] | None = None
        for copied in stage.copied:
            copy = copied.instruction
            if copy.chown is not None:
                continue
            user = stage.user_at(copy)
            # Of a user that only the base image sets nothing says that it is meant to own it.
            if user.is_root is not False or user.instruction is None:
                continue
            if writes is None:
                # So many that looking through them for each file would take long tell little.
                writes = tuple(islice(_writes(stage), _MANY))
            is_written = _is_written(stage, copied, writes)
            if not is_written and f"{copied.destination}/".startswith(_OF_ROOT):
                continue
            destination = copy.destination.value if copy.destination is not None else "."
            yield Problem(
                message=f"what is copied to `{destination}` belongs to root, not to `{user.name}`",
                span=copy.keyword_span,
                fix=Fix(
                    title=f"Add `--chown={_owner(user)}`",
                    edits=(Edit.insert(copy.keyword_span.end, f" --chown={_owner(user)}"),),
                    applicability=Applicability.SAFE if is_written else Applicability.UNSAFE,
                ),
                severity=None if is_written else Severity.INFO,
            )


def _owner(user: UserFact) -> str:
    return f"{user.name}:{user.group}" if user.group else user.name


def _is_written(stage: StageFacts, copied: Copied, writes: Sequence[_Write]) -> bool:
    """Return whether a later RUN of the same user writes where *copied* puts its files."""
    folder = copied.destination
    is_folder = copied.is_folder or "." not in posixpath.basename(folder)
    user = stage.user_at(copied.instruction).name
    return any(
        write.position > copied.position
        and write.user == user
        and (is_folder or not write.is_in_place)
        and covers(folder, write.path)
        for write in writes
    )


class _Write(NamedTuple):
    """A path that a RUN writes to."""

    position: int
    user: str
    path: str
    is_in_place: bool


def _writes(stage: StageFacts) -> Iterator[_Write]:
    for run in stage.runs:
        for command in run.commands:
            is_in_place = command.program in _IN_PLACE
            if not is_in_place and command.program not in _ON_PATHS:
                continue
            position, user = stage.position(run), stage.user_at(run).name
            workdir = stage.workdir_at(run)
            words = [""] if is_in_place else [word.value for word in command.arguments]
            for word in words:
                path = absolute(word, workdir) if word else workdir
                if path is not None:
                    yield _Write(position, user, path, is_in_place)
