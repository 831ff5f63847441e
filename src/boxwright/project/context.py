"""The build context on disk: what lies in it that no image needs, and how large that is."""

from __future__ import annotations

import fnmatch
import functools
import os
import posixpath
import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DETECTORS = Path(__file__).with_name("detectors")
_MOST_ENTRIES = 500_000
"""How many are looked at; what is found then is named all the same, with a smaller size."""
_SMALL = 100_000
"""A file of less beside the code is not worth a line, unless it would be copied."""
_ALIKE = 8
"""From so many files of one kind on, a folder has one pattern for them."""

NOT_NEEDED = "not needed in the image"
UNREADABLE = "cannot be read, so that sending it would end the build"
DATA = "data: mount it when the container runs"
WEIGHTS = "weights that are not in the image: mount them when the container runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredPath:
    """A pattern for `.dockerignore`."""

    pattern: str
    reason: str
    size: int = 0
    """Bytes that it keeps out of the build context now."""


def standing_patterns() -> tuple[IgnoredPath, ...]:
    """Return the patterns that every project has, whatever lies in it now."""
    return tuple(
        IgnoredPath(pattern=pattern, reason=_reason(kind))
        for kind, patterns in _STANDING.items()
        for pattern in patterns
    )


def find_ignored(
    folder: Path,
    shipped: Collection[str],
    manifests: Collection[str] = (),
    *,
    packages: Collection[str] = (),
) -> tuple[IgnoredPath, ...]:
    """
    Return what is in *folder* beside the files that are *shipped* and the *manifests*.

    Whole folders are named where nothing in them is needed, single files where they are
    large, may hold credentials, or lie in a folder that has shipped files and is copied
    as it is. What has no known kind stays in the folders of *packages* (`.` for *folder*
    itself): their builds may read anything. The largest come first. Nothing behind a
    symbolic link is looked at.
    """
    search = _Search(folder, frozenset(shipped), frozenset(manifests), frozenset(packages))
    search.look("")
    found = [
        IgnoredPath(pattern=pattern, reason=reason, size=size)
        for (pattern, reason), size in search.found.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.size, one.pattern)))


def escaped(path: str) -> str:
    r"""
    Return the pattern that matches *path* alone.

    >>> escaped("data/[a].csv"), escaped("#notes"), escaped("!x")
    ('data/\\[a\\].csv', './#notes', '[!]x')
    """
    pattern = re.sub(r"[*?\[\]\\]", lambda found: f"\\{found[0]}", path)
    # A line's ends are trimmed, and what is no text cannot be written.
    pattern = re.sub(r"[\x00-\x1f\ud800-\udfff]|^ | $", "?", pattern)
    if pattern.startswith("!"):
        return f"[!]{pattern[1:]}"
    return f"./{pattern}" if pattern.startswith("#") else pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A row of `left_out.toml`."""

    reason: str
    names: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    at_root: tuple[str, ...] = ()

    def pattern(self, path: str) -> str:
        """Return the pattern by which *path* is of this kind; empty where it is not."""
        folder, _, name = path.rpartition("/")
        if name in self.names:
            return f"**/{name}"
        for glob in self.globs:
            if fnmatch.fnmatchcase(name, glob):
                return f"**/{glob}"
        if folder:
            return ""
        if any(fnmatch.fnmatchcase(name, glob) for glob in self.at_root):
            return escaped(name)
        return ""


_CREDENTIALS = "may hold credentials"
_STANDING = {
    _CREDENTIALS: (
        "secrets", "**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx",
        "**/id_rsa", "**/id_ed25519", "**/.ssh", "**/.aws", "**/.kube", "**/.docker", "**/.netrc",
        "**/.pypirc", "**/.pgpass", "**/kubeconfig", "**/credentials.json", "**/secrets.toml",
        "**/service-account*.json",
    ),
    "version control": ("**/.git", "**/.hg", "**/.svn"),
    "virtual environments": ("**/.venv", "venv", "env", "**/node_modules"),
    "caches": (
        "**/__pycache__", "**/*.py[cod]", "**/.*_cache", "**/.cache", "**/.ipynb_checkpoints",
        "**/.tox", "**/.nox", "**/.coverage*", "**/.DS_Store", "**/*.log",
    ),
    "records of experiments": ("**/mlruns", "**/wandb", "**/lightning_logs"),
    "says how to build": ("Dockerfile*", "compose*.yaml", ".github"),
}  # fmt: skip
"""By how their reason in `left_out.toml` begins."""


def _reason(beginning: str) -> str:
    return next(kind.reason for kind in _kinds() if kind.reason.startswith(beginning))


@functools.cache
def _kinds() -> tuple[_Kind, ...]:
    rows = tomllib.loads((_DETECTORS / "left_out.toml").read_text("utf-8"))["left_out"]
    kinds = []
    for row in rows:
        lists = {key: tuple(row.get(key, ())) for key in ("names", "globs", "at_root")}
        if row["reason"].startswith(_CREDENTIALS):
            # Where `init` puts the credentials of containers.
            lists["at_root"] += ("secrets",)
        kinds.append(_Kind(reason=row["reason"], **lists))
    return tuple(kinds)


@functools.cache
def _models() -> dict[str, Any]:
    return tomllib.loads((_DETECTORS / "models.toml").read_text("utf-8"))


@dataclass(slots=True)
class _Search:
    root: Path
    shipped: frozenset[str]
    manifests: frozenset[str]
    packages: frozenset[str]
    found: dict[tuple[str, str], int] = field(default_factory=dict)
    entries: int = 0
    _needed: frozenset[str] = field(init=False)
    _copied: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._copied = _folders(self.shipped)
        self._needed = self._copied | _folders(self.manifests)
        self._needed |= _folders(self.packages) | self.packages

    def look(self, folder: str) -> None:
        """Note what is not needed in *folder*, which has something that is."""
        loose: list[tuple[str, int]] = []
        for entry, path in self._entries(folder):
            if path in self.shipped or path in self.manifests:
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and path in self._needed:
                if not os.access(entry.path, os.R_OK | os.X_OK):
                    self._note(escaped(path), UNREADABLE, 0)
                else:
                    self.look(path)
                continue
            size = self._size(entry, path) if is_folder else _size_of(entry)
            pattern, reason = self._kind(path, size, is_folder=is_folder)
            if reason == NOT_NEEDED and size is not None and self._is_in_package(folder):
                continue
            is_copied = folder in self._copied
            if size is None:
                self._note(pattern or escaped(path), UNREADABLE, 0)
            elif is_folder:
                self._note(pattern or escaped(path), reason, size)
            elif not (is_copied or size >= _SMALL or reason.startswith(_CREDENTIALS)):
                continue
            elif pattern:
                self._note(pattern, reason, size)
            else:
                loose.append((path, size))
        self._note_files(folder, loose)

    def _is_in_package(self, folder: str) -> bool:
        while folder and folder not in self.packages:
            folder = posixpath.dirname(folder)
        return (folder or ".") in self.packages

    def _note_files(self, folder: str, loose: Sequence[tuple[str, int]]) -> None:
        """Note files of *folder* one by one, or those of one suffix together."""
        by_suffix: dict[str, list[tuple[str, int]]] = {}
        for path, size in loose:
            by_suffix.setdefault(posixpath.splitext(path)[1], []).append((path, size))
        here = {path for path in (*self.shipped, *self.manifests) if _is_in(path, folder)}
        for suffix, files in by_suffix.items():
            total = sum(size for _, size in files)
            is_apart = not any(path.endswith(suffix) for path in here)
            if suffix and is_apart and len(files) >= _ALIKE:
                pattern = escaped(f"{folder}/" if folder else "") + "*" + escaped(suffix)
                self._note(pattern, self._kind(files[0][0], files[0][1])[1], total)
                continue
            for path, size in files:
                self._note(escaped(path), self._kind(path, size)[1], size)

    def _note(self, pattern: str, reason: str, size: int) -> None:
        key = (pattern, reason)
        self.found[key] = self.found.get(key, 0) + size

    def _kind(self, path: str, size: int | None, *, is_folder: bool = False) -> tuple[str, str]:
        """Return the general pattern that *path* has, empty if none, and why it is left out."""
        for kind in _kinds():
            if pattern := kind.pattern(path):
                return pattern, kind.reason
        table = _models()
        name, suffix = posixpath.basename(path), posixpath.splitext(path)[1].lower()
        if is_folder:
            if "/" not in path and name in table["data"]["folders"]:
                return "", DATA
            if "/" not in path and name in _WEIGHTS_FOLDERS:
                return "", WEIGHTS
            return "", NOT_NEEDED
        for entry in table["models"]:
            if suffix in entry["suffixes"] and (size or 0) >= max(entry["from"], 1):
                return "", WEIGHTS
        if suffix in table["data"]["suffixes"]:
            return "", DATA
        return "", NOT_NEEDED

    def _entries(self, folder: str) -> Iterator[tuple[os.DirEntry[str], str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return
        for entry in listed:
            self.entries += 1
            yield entry, f"{folder}/{entry.name}" if folder else entry.name

    def _size(self, entry: os.DirEntry[str], path: str) -> int | None:
        """Return the size of all files in a folder; None where it cannot be read."""
        total = 0
        waiting = [entry.path]
        while waiting and self.entries < _MOST_ENTRIES:
            try:
                with os.scandir(waiting.pop()) as inside:
                    for each in inside:
                        self.entries += 1
                        if each.is_dir(follow_symlinks=False):
                            waiting.append(each.path)
                        else:
                            total += _size_of(each) or 0
            except OSError:
                if path == entry.name or not waiting:
                    return total or None
        return total


_WEIGHTS_FOLDERS = frozenset(
    {"models", "weights", "checkpoints", "checkpoint", "ckpt", "ckpts", "pretrained", "artifacts"}
)


def _size_of(entry: os.DirEntry[str]) -> int | None:
    """Return the size of a file, None where it cannot be read; links and devices have none."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return 0
    return found.st_size if os.access(entry.path, os.R_OK) else None


def _is_in(path: str, folder: str) -> bool:
    return posixpath.dirname(path) == folder


def _folders(paths: Collection[str]) -> frozenset[str]:
    """Return all folders above *paths*, the context itself not among them."""
    found: set[str] = set()
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(found)
