"""The files that `boxwright check` is asked about: found, read, and written back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import BoxwrightError, ProjectError
from boxwright.practices.discovery import (
    LARGEST,
    Kind,
    Notice,
    discover,
    is_kustomization,
    kind_of_content,
    kind_of_name,
    too_large,
    why_not,
)
from boxwright.practices.workspace import File
from boxwright.project.settings_search import SettingsSearch
from boxwright.project.tree import FolderTree
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.selection import Selection
    from boxwright.settings import Settings

STDIN = "-"
"""The argument that means standard input."""


class CheckedFile(NamedTuple):
    """A file, and what is needed to write it back."""

    file: File
    place: Path | None
    """Where it is; None for standard input."""
    content: bytes


class Project:
    """The files that one file of settings, or none, is about."""

    def __init__(self, root: Path, selection: Selection) -> None:
        self.root = root
        self.selection = selection
        self.tree = FolderTree(root)
        self.files: dict[str, CheckedFile] = {}
        """By path, which is relative to *root*."""


class CheckedImage(NamedTuple):
    """An image that was named, and whose settings judge it."""

    name: str
    project: Project
    path: str
    """
    What baselines and patterns know it by: its name without tag and digest, which change.

    Of a layout or an archive it is the path, relative to *project* as those of files are.
    """


class Collected(NamedTuple):
    """What was found where the user pointed."""

    projects: tuple[Project, ...]
    images: tuple[CheckedImage, ...]
    notices: tuple[Notice, ...]
    """What is not checked although it looks as if it should be."""
    errors: tuple[Notice, ...]
    """What the user named and cannot be checked, or was there and is no more."""


def collect(
    names: Iterable[str],
    make_selection: Callable[[Settings | None], Selection],
    *,
    stdin_name: str,
    with_kustomizations: bool = False,
) -> Collected:
    """Return the files that *names* are, or that are in the folders that they are."""
    collector = _Collector(make_selection, with_kustomizations=with_kustomizations)
    for name in dict.fromkeys(names):
        if name == STDIN:
            collector.add_stdin(stdin_name)
        elif is_image(name):
            collector.add_image(name)
        elif Path(name).is_dir():
            collector.add_folder(name)
        else:
            collector.add_file(name)
    return Collected(
        tuple(collector.projects.values()),
        tuple(collector.images),
        tuple(collector.notices),
        tuple(collector.errors),
    )


_TRANSPORTS = (
    "containers-storage:", "docker-archive:", "docker-daemon:", "docker://", "docker:",
    "oci-archive:", "oci:", "podman:", "registry:",
)  # fmt: skip
_REFERENCE = r"[a-z0-9]+(?:(?:[._/-]|__|:[0-9]+/)[a-z0-9-]+)*"
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def is_image(name: str) -> bool:
    """
    Tell whether *name* is an image rather than a file or a folder of a project.

    Layouts and archives are known by what they are; what does not exist is an image where it
    has a tag, a digest, or a transport as skopeo has them.
    """
    place = Path(name)
    try:
        if place.is_dir():
            return (place / "oci-layout").is_file()
        if place.is_file():
            with place.open("rb") as file:
                start = file.read(512)
            return start[257:262] == b"ustar" or start.startswith(_PACKED)
    except (OSError, ValueError):
        return False
    if name.startswith(_TRANSPORTS):
        return True
    tagged, at, _ = name.partition("@sha256:")
    before, colon, tag = tagged.rpartition(":")
    if not at and (not colon or "/" in tag or not tag):
        return False
    before = before if colon else tagged
    if Path(before).is_file() and not is_image(before):
        # `Dockerfile:12` is a place in a file, as compilers write it.
        return False
    import re

    return bool(re.fullmatch(r"[\w.:/@-]+", before))


def place_of(name: str) -> Path | None:
    """Return the layout or the archive that the image *name* is in; None where it is elsewhere."""
    cuts = [len(name), *(at for at in range(len(name) - 1, 0, -1) if name[at] in ":@")]
    starts = [0, *(len(each) for each in _TRANSPORTS if name.startswith(each))]
    for start in starts:
        for cut in cuts:
            if _exists(name[start:cut]):
                return Path(os.path.abspath(name[start:cut]))  # noqa: PTH100 (a link keeps its name)
    return None


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):
        return False


def _without_tag(name: str) -> str:
    """
    Return the name of an image without transport, tag and digest.

    >>> _without_tag("docker://ghcr.io:443/team/api:1.0@sha256:00"), _without_tag("registry:2")
    ('ghcr.io:443/team/api', 'registry')
    """
    for transport in _TRANSPORTS:
        rest = name.removeprefix(transport)
        if rest != name and any(sign in rest for sign in "/:@"):
            name = rest
            break
    name = name.partition("@")[0]
    before, colon, tag = name.rpartition(":")
    return before if colon and "/" not in tag else name


def write_back(place: Path, before: bytes, after: str) -> str:
    """
    Make *after* the text of the file *place*; else return why it stays as it is.

    It has to be what it was when it was read. Its permissions stay, and where it is a link
    the file that it leads to is written.
    """
    from boxwright.store.copy import new_file

    real = place.resolve()
    try:
        if real.read_bytes() != before:
            return "it was changed by somebody else meanwhile"
        if not os.access(real, os.W_OK):
            return "it may not be written"
        mode = real.stat().st_mode & 0o7777
        with new_file(real) as file:
            os.fchmod(file.fileno(), mode)
            file.write(after.encode("utf-8"))
    except (OSError, BoxwrightError) as error:
        return _reason(error)
    return ""


def create(place: Path, text: str) -> str:
    """Make the new file *place*; else return why there is none."""
    try:
        with place.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        return _reason(error)
    return ""


class _Collector:
    def __init__(
        self,
        make_selection: Callable[[Settings | None], Selection],
        *,
        with_kustomizations: bool,
    ) -> None:
        self.projects: dict[Path, Project] = {}
        self.images: list[CheckedImage] = []
        self.notices: list[Notice] = []
        self.errors: list[Notice] = []
        self._make_selection = make_selection
        self._with_kustomizations = with_kustomizations
        self._search = SettingsSearch()
        self._seen: set[Path] = set()

    def add_stdin(self, name: str) -> None:
        content = sys.stdin.buffer.read(LARGEST + 1)
        self._add(name, Path(os.path.abspath(name)), content, place=None)  # noqa: PTH100

    def add_image(self, name: str) -> None:
        place = place_of(name)
        folder = Path.cwd() if place is None else place.parent
        project = self._project(folder, folder)
        path = _without_tag(name) if place is None else place.relative_to(project.root).as_posix()
        self.images.append(CheckedImage(name, project, path))

    def add_file(self, name: str) -> None:
        place = Path(os.path.abspath(name))  # noqa: PTH100 (a link keeps its own name)
        if place in self._seen:
            return
        try:
            with place.open("rb") as file:
                content = file.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            reason = _reason(error)
            if isinstance(error, FileNotFoundError) and _could_be_image(name):
                reason += f", and is no image: that would be named with its tag, `{name}:latest`"
            self.errors.append(Notice(name, reason))
            return
        self._add(name, place, content, place=place)

    def add_folder(self, name: str) -> None:
        folder = Path(os.path.abspath(name))  # noqa: PTH100
        project = self._project(folder, folder)
        selection = project.selection
        below = folder.relative_to(project.root).as_posix()
        prefix = "" if below == "." else f"{below}/"
        tree = FolderTree(
            folder, leaves_out=lambda path: selection.excludes_all_below(prefix + path)
        )
        try:
            found = discover(
                tree,
                leaves_out=lambda path: selection.excludes(prefix + path),
                with_kustomizations=self._with_kustomizations,
            )
        except ProjectError as error:
            self.errors.append(Notice(name, error.message.removeprefix(f"`{folder}` ")))
            return
        shown = "" if name in (".", "./") else f"{name.rstrip('/')}/"
        self.notices += [Notice(shown + path, reason) for path, reason in found.notices]
        for path, kind in found.found:
            place = folder / path
            if place in self._seen:
                continue
            try:
                content = tree.read(path)
            except ProjectError as error:
                self.errors.append(Notice(shown + path, error.message.removeprefix(f"`{path}` ")))
                continue
            self._add(shown + path, place, content, place=place, kind=kind, walked=folder)

    def _add(
        self,
        name: str,
        where: Path,
        content: bytes,
        *,
        place: Path | None,
        kind: Kind | None = None,
        walked: Path | None = None,
    ) -> None:
        """Add the file *name* at *where*, found in the folder *walked* if it was not named."""
        self._seen.add(where)
        # A name need not be text.
        name = name.encode(errors="backslashreplace").decode()
        if len(content) > LARGEST:
            told = self.errors if walked is None else self.notices
            told.append(Notice(name, too_large(len(content))))
            return
        if kind is None:
            kind = kind_of_name(name)
            if kind is None and self._with_kustomizations and is_kustomization(name, content):
                kind = Kind.KUSTOMIZATION
            kind = kind or kind_of_content(content)
            if kind is None:
                self.errors.append(Notice(name, "is nothing that is known to be checked"))
                return
            reason = why_not(name, content) if kind is Kind.KUBERNETES else ""
            if reason:
                self.notices.append(Notice(name, reason))
                return
        project = self._project(where.parent, walked or where.parent)
        path = where.relative_to(project.root).as_posix()
        if walked is not None and project.selection.excludes(path):
            return
        project.files[path] = CheckedFile(File.of(name, path, kind, content), place, content)

    def _project(self, folder: Path, otherwise: Path) -> Project:
        """Return the project that *folder* is in; *otherwise* is its root if nothing tells."""
        settings, root = self._search.of(folder)
        root = root or otherwise
        if root not in self.projects:
            self.projects[root] = Project(root, self._make_selection(settings))
        return self.projects[root]


def _could_be_image(name: str) -> bool:
    import re

    return bool(re.fullmatch(_REFERENCE, name))


def _reason(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "does not exist"
        case OSError():
            return f"cannot be read: {error.strerror or error}"
        case BoxwrightError():
            return error.message
        case _:
            return f"cannot be read: {error}"


def unified_diff(name: str, before: str | None, after: str) -> str:
    """Return how *before* becomes *after*, as `patch` reads it; None is a file that is new."""
    import difflib

    lines = difflib.unified_diff(
        _lines(before or ""),
        _lines(after),
        "/dev/null" if before is None else f"a/{name}",
        f"b/{name}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    r"""Return the lines of *text* with their endings; only `\n` ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])
