"""Which commit of which repository a project is at."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit of Git."""

    name: str
    """The commit's full id, `-dirty` behind it where files of the image differ from it."""
    time: int
    """When it was committed, in seconds since 1970."""
    source: str = ""
    """Where the repository is fetched from, without credentials."""
    changed: tuple[str, ...] = ()
    """The files of the image that differ from the commit."""


def read_revision(folder: Path, files: Sequence[str] = ()) -> Revision | None:
    """
    Return the commit that *folder* is at; None where Git is not used, or refuses.

    *files* are those that the image is made of, relative to *folder*: the commit is
    dirty where one of them was changed or never added.
    """
    commit = _git(folder, "log", "-1", "--format=%H %ct")
    if not commit:
        return None
    name, _, time = commit.partition(" ")
    changed = _changed(folder)
    if changed is None:
        return None
    differing = tuple(file for file in files if file in changed or _in_changed(file, changed))
    return Revision(
        name=f"{name}-dirty" if differing else name,
        time=int(time),
        source=_public(_origin(folder)),
        changed=differing,
    )


def _changed(folder: Path, depth: int = 0) -> set[str] | None:
    """Return what differs from the commit that *folder* is at, submodules included."""
    options = _without_filters(folder)
    if options is None:
        return None
    words = ("status", "--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=dirty")
    status = _git(folder, *words, "--", ".", options=options)
    prefix = _git(folder, "rev-parse", "--show-prefix") or ""
    staged = _git(folder, "ls-files", "--stage", "-z", "--", ".")
    if status is None or staged is None:
        return None
    changed = {line[3:].removeprefix(prefix) for line in status.split("\0") if line}
    for line in staged.split("\0"):
        about, _, path = line.partition("\t")
        inner = folder / path
        # Git would look into them with the settings that they have themselves.
        if about.startswith("160000 ") and (inner / ".git").exists() and not inner.is_symlink():
            found = _changed(inner, depth + 1) if depth < _DEEPEST else None
            changed |= {path} if found is None else {f"{path}/{each}" for each in found}
    return changed


def _in_changed(file: str, changed: set[str]) -> bool:
    """Tell whether *file* is in a folder that Git lists as a whole: a new one, a submodule."""
    parents = Path(file).parents
    return any(str(parent) in changed or f"{parent}/" in changed for parent in parents)


def _origin(folder: Path) -> str:
    return _git(folder, "config", "--get", "remote.origin.url") or ""


def _public(url: str) -> str:
    """Return *url* without user name and password, nothing where it is a local path."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        # Behind a `?` there may be a token, too.
        netloc = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=netloc, query="", fragment=""))
    if parts.scheme in ("ssh", "git", "git+ssh") and parts.hostname:
        return f"https://{parts.hostname}{parts.path.removesuffix('.git')}"
    if not parts.scheme and "@" in url and ":" in url:  # git@host:owner/name.git
        host, _, path = url.rpartition("@")[2].partition(":")
        return f"https://{host}/{path.removesuffix('.git').lstrip('/')}"
    return ""


_QUIET = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false"),
)
"""Settings of a repository by which reading it would start a program that it names."""
_ALONE = {
    # Nothing is written, fetched or asked: a partial clone would fetch by any program.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
}
_FILTER = re.compile(r"(filter\.[^=\n]{1,200})\.(?:clean|process)")
_RUN = r"^filter\..*\.(clean|process)$"
_LFS = frozenset({"git-lfs clean -- %f", "git-lfs filter-process"})
_DEEPEST = 4
"""Submodules within submodules."""


def _without_filters(folder: Path) -> tuple[str, ...] | None:
    """
    Return options without the filters that the repository itself, not its user, has set up.

    To tell whether a file was changed Git runs them. Those of Git LFS alone stay. None where
    there are filters that no option takes away.
    """
    told = _git(folder, "config", "--show-scope", "--null", "--get-regexp", _RUN)
    words = (told or "").split("\0")
    options: list[str] = []
    for scope, entry in zip(words[::2], words[1::2], strict=False):
        name, _, value = entry.partition("\n")
        if scope in ("system", "global", "command") or value in _LFS:
            continue
        found = _FILTER.fullmatch(name)
        if found is None:
            return None
        for each in (f"{name}=", f"{found[1]}.required=false"):
            options += ("-c", each)
    return tuple(options)


def _git(folder: Path, *arguments: str, options: Sequence[str] = ()) -> str | None:
    """Return what Git prints, None where it fails or is not there."""
    command = ["git", "-C", str(folder), *_QUIET, *options, *arguments]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=30,
            env={**os.environ, **_ALONE},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return done.stdout.decode(errors="replace").strip("\n")
