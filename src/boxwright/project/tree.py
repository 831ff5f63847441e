"""The files of a project: in a folder, or in memory."""

from __future__ import annotations

import os
import posixpath
import stat
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boxwright.errors import ProjectError


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A path that is not among the tree's, and why."""

    path: str
    reason: str


class Tree(Protocol):
    """
    What boxwright sees of a project.

    Paths are relative to the project and have `/` between their parts. A symbolic
    link is one path, whatever it points to; nothing behind it is listed.
    """

    def paths(self) -> tuple[str, ...]:
        """Return all files and symbolic links, sorted."""

    def folders(self) -> tuple[str, ...]:
        """Return all folders that were entered, empty ones too, sorted."""

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what could not be listed: sockets, unreadable folders, odd names."""

    def read(self, path: str) -> bytes:
        """Return the content of *path*; raises ProjectError where that cannot be read."""

    def size(self, path: str) -> int:
        """Return the size of *path* in bytes."""

    def mode(self, path: str) -> int:
        """Return the permission bits of *path*."""

    def link(self, path: str) -> str | None:
        """Return what the symbolic link *path* points to, None where it is none."""


_NEVER_ENTERED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".jj",
        "__pycache__", "node_modules", "__pypackages__", "site-packages",
        ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".tox", ".nox",
        ".ipynb_checkpoints", ".eggs", ".cache", ".direnv", ".pixi",
    }
)  # fmt: skip
"""
Folders that are no part of any project but may hold a hundred thousand files.

All of them are among the defaults of `left_out.toml` too; here they are not even listed.
"""
_ENVIRONMENT_MARK = "pyvenv.cfg"
"""What makes a folder a virtual environment, whatever its name."""


class FolderTree:
    """
    A project in a folder of this machine, looked at once.

    Folders that hold no part of a project are not entered, nor are those that
    *leaves_out* tells to be left out with all that is in them; a folder that one of
    *keep* names (a path, or a pattern that begins with it) is entered all the same.

    With *enter_all* such folders are entered too, but after all others, and listing ends
    after *most* entries: what a build is sent may be a million files.
    """

    def __init__(
        self,
        root: Path,
        *,
        leaves_out: Callable[[str], bool] | None = None,
        keep: tuple[str, ...] = (),
        enter_all: bool = False,
        most: int | None = None,
    ) -> None:
        self.root = root
        self._enter_all = enter_all
        self._most = most
        self._folders: list[str] = []
        self._leaves_out = leaves_out or (lambda _folder: False)
        self._keep = tuple(pattern.strip().strip("/") for pattern in keep)
        self._files: dict[str, os.stat_result] = {}
        self._skipped: list[Skipped] = []
        self._paths: tuple[str, ...] | None = None
        self._real: Path | None = None

    def paths(self) -> tuple[str, ...]:
        """Return all files and symbolic links, sorted."""
        if self._paths is None:
            self._files.clear()
            self._skipped.clear()
            self._folders.clear()
            self._list()
            self._paths = tuple(sorted(self._files))
        return self._paths

    def folders(self) -> tuple[str, ...]:
        """Return all folders that were entered, sorted."""
        self.paths()
        return tuple(sorted(self._folders))

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what could not be listed."""
        self.paths()
        return tuple(sorted(self._skipped))

    def read(self, path: str) -> bytes:
        """Return the content of *path*, which may not lie outside the project."""
        return self._read(path, Path.read_bytes)

    def read_start(self, path: str, count: int) -> bytes:
        """Return the first *count* bytes of *path*, with the same care."""

        def start(place: Path) -> bytes:
            with place.open("rb") as file:
                return file.read(count)

        return self._read(path, start)

    def _read(self, path: str, content_of: Callable[[Path], bytes]) -> bytes:
        place = self.root / path
        try:
            # Resolved, since a link in any part of the path may lead out of the project.
            if not place.resolve().is_relative_to(self._resolved_root()):
                raise ProjectError(
                    f"`{path}` leads out of the project",
                    hint="copy the file into the project instead of linking it",
                )
            if not stat.S_ISREG(place.stat().st_mode):
                raise ProjectError(f"`{path}` is not a file")
            return content_of(place)
        except FileNotFoundError:
            raise ProjectError(f"`{path}` is not in the project") from None
        except (OSError, RuntimeError, ValueError) as error:
            # A loop of links is an OSError or, before Python 3.13, a RuntimeError.
            reason = error.strerror if isinstance(error, OSError) else "a loop of links"
            raise ProjectError(
                f"`{path}` cannot be read: {reason}",
                hint="mend its permissions, or leave it out by a line in .dockerignore",
            ) from None

    def size(self, path: str) -> int:
        """Return the size of *path* in bytes."""
        return self._stat(path).st_size

    def mode(self, path: str) -> int:
        """Return the permission bits of *path*."""
        return stat.S_IMODE(self._stat(path).st_mode)

    def link(self, path: str) -> str | None:
        """Return what the symbolic link *path* points to, None where it is none."""
        if not stat.S_ISLNK(self._stat(path).st_mode):
            return None
        try:
            return os.readlink(self.root / path)  # noqa: PTH115 (Path.readlink cleans the text)
        except OSError as error:
            raise ProjectError(f"`{path}` cannot be read: {error.strerror}") from None

    def _resolved_root(self) -> Path:
        if self._real is None:
            self._real = self.root.resolve()
        return self._real

    def _stat(self, path: str) -> os.stat_result:
        self.paths()
        found = self._files.get(path)
        if found is None:
            raise ProjectError(f"`{path}` is not in the project")
        return found

    def _list(self) -> None:
        folders = deque([""])
        later: list[str] = []
        listed = 0
        while folders or later:
            if not folders:
                folders, later = deque(later), []
            # The shallow ones first, in case that there are too many.
            folder = folders.popleft()
            try:
                with os.scandir(self.root / folder) as entries:
                    found = list(entries)
            except OSError as error:
                if not folder:
                    raise _no_folder(self.root, error) from None
                self._skipped.append(Skipped(folder, f"cannot be read: {error.strerror}"))
                continue
            listed += len(found)
            if self._most is not None and listed > self._most:
                self._skipped.append(Skipped(folder, f"there are more than {self._most} files"))
                return
            if folder and not self._enter_all and not self._is_kept(folder):
                names = {entry.name for entry in found}
                if _ENVIRONMENT_MARK in names or "conda-meta" in names:
                    continue
            if folder:
                self._folders.append(folder)
            for entry in found:
                self._add(f"{folder}/{entry.name}" if folder else entry.name, entry, folders, later)

    def _add(
        self, path: str, entry: os.DirEntry[str], folders: deque[str], later: list[str]
    ) -> None:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            shown = path.encode(errors="backslashreplace").decode()
            self._skipped.append(Skipped(shown, "its name is not UTF-8"))
            return
        try:
            if entry.is_dir(follow_symlinks=False):
                is_left_out = entry.name in _NEVER_ENTERED or self._leaves_out(path)
                if not is_left_out or self._is_kept(path):
                    folders.append(path)
                elif self._enter_all:
                    later.append(path)
                return
            found = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skipped.append(Skipped(path, f"cannot be read: {error.strerror}"))
            return
        if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
            self._files[path] = found
        else:
            self._skipped.append(Skipped(path, "is neither a file, a folder nor a link"))

    def _is_kept(self, folder: str) -> bool:
        return any(
            pattern == folder
            or pattern.startswith(f"{folder}/")
            or folder.startswith(f"{pattern}/")
            for pattern in self._keep
        )


def _no_folder(root: Path, error: OSError) -> ProjectError:
    if isinstance(error, NotADirectoryError):
        return ProjectError(
            f"`{root}` is not a folder", hint="name the folder that holds the project"
        )
    if isinstance(error, FileNotFoundError):
        return ProjectError(
            f"`{root}` does not exist", hint="name the folder that holds the project"
        )
    return ProjectError(f"`{root}` cannot be read: {error.strerror}")


class MemoryTree:
    """A project in memory, for tests and for those who make projects by program."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        links: Mapping[str, str] | None = None,
        executable: tuple[str, ...] = (),
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        self._files = dict(files)
        self._links = dict(links or {})
        self._executable = frozenset(executable)
        self._sizes = dict(sizes or {})

    def paths(self) -> tuple[str, ...]:
        """Return all files and symbolic links, sorted."""
        return tuple(sorted({*self._files, *self._links}))

    def folders(self) -> tuple[str, ...]:
        """Return the folders that hold files."""
        found: set[str] = set()
        for path in (*self._files, *self._links):
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return tuple(sorted(found))

    def skipped(self) -> tuple[Skipped, ...]:
        """Return nothing: memory holds no sockets."""
        return ()

    def read(self, path: str) -> bytes:
        """Return the content of *path*."""
        seen = set()
        while path in self._links and path not in seen:
            seen.add(path)
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), self._links[path]))
        if path not in self._files:
            raise ProjectError(f"`{path}` is not in the project")
        return self._files[path]

    def size(self, path: str) -> int:
        """Return the size of *path* in bytes, or the one that it is said to have."""
        if path in self._links:
            return len(self._links[path])
        return self._sizes.get(path, len(self.read(path)))

    def mode(self, path: str) -> int:
        """Return the permission bits of *path*."""
        return 0o755 if path in self._executable else 0o644

    def link(self, path: str) -> str | None:
        """Return what the symbolic link *path* points to, None where it is none."""
        return self._links.get(path)
