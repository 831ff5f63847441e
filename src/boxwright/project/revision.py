"""Which commit of which repository a project is at."""

from __future__ import annotations

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
    status = _git(folder, "status", "--porcelain=v1", "-z", "--no-renames", "--", ".")
    if status is None:
        return None
    prefix = _git(folder, "rev-parse", "--show-prefix") or ""
    changed = {line[3:].removeprefix(prefix) for line in status.split("\0") if line}
    if any(file in changed or _in_untracked(file, changed) for file in files):
        name += "-dirty"
    return Revision(name=name, time=int(time), source=_public(_origin(folder)))


def _in_untracked(file: str, changed: set[str]) -> bool:
    """Tell whether *file* is in a folder that Git lists as a whole (`folder/`)."""
    return any(path.endswith("/") and file.startswith(path) for path in changed)


def _origin(folder: Path) -> str:
    return _git(folder, "config", "--get", "remote.origin.url") or ""


def _public(url: str) -> str:
    """Return *url* without user name and password, nothing where it is a local path."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.scheme in ("ssh", "git", "git+ssh") and parts.hostname:
        return f"https://{parts.hostname}{parts.path.removesuffix('.git')}"
    if not parts.scheme and "@" in url and ":" in url:  # git@host:owner/name.git
        host, _, path = url.rpartition("@")[2].partition(":")
        return f"https://{host}/{path.removesuffix('.git').lstrip('/')}"
    return ""


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what Git prints, None where it fails or is not there."""
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return done.stdout.decode(errors="replace").strip("\n")
