"""What a container hardly needs of its files: caches, build tools, tests, documentation."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from boxwright.scan.filesystem import Filesystem
from boxwright.scan.layer_index import FILE
from boxwright.scan.packages.package import Package
from boxwright.wheel.filename import canonical_name


class Unneeded(NamedTuple):
    """A file that a container hardly needs."""

    path: str
    kind: Kind
    root: str
    """The folder that is of the kind as a whole; the file itself where none is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """A row of `waste.toml`."""

    at: int
    practice: str
    what: str
    advice: str
    folders: tuple[str, ...] = ()
    ends: tuple[tuple[str, ...], ...] = ()
    variables: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    beside: str = ""
    within: str = ""
    without: str = ""
    needed: frozenset[str] = frozenset()
    unowned: bool = False
    archives: bool = False
    packages: str = ""


def find_unneeded(
    filesystem: Filesystem,
    owners: Mapping[str, Package],
    packages: Iterable[Package],
    environment: Mapping[str, str],
) -> list[Unneeded]:
    """
    Return which files a container hardly needs, each for the first kind that it is of.

    A file with several names counts where all of them are of a kind: what a cache shares with an
    environment, the environment needs.
    """
    packages = tuple(packages)
    search = _Search(filesystem, owners, packages, environment)
    found: list[Unneeded] = []
    for path, live in filesystem.files.items():
        if live.member.kind != FILE or not live.member.size:
            continue
        kind, root = search.look(path)
        if kind is not None:
            names = filesystem.names.get(path, ())
            if len(names) < 2 or all(search.look(name)[0] for name in names):
                found.append(Unneeded(path, kind, root))
    return found


def is_build_tool(package: Package) -> bool:
    """
    Tell whether only a build needs *package*, by its name.

    >>> gcc = Package(type="deb", name="gcc-14", version="14.2.0-19", path="var/lib/dpkg/status")
    >>> is_build_tool(gcc)
    True
    """
    row = _table().packages.get(("tools", package.type))
    return row is not None and not package.vendored_in and row.fits(package.name)


_Match = tuple["Kind | None", str]
_NONE: _Match = (None, "")
_DEEPEST = 200
"""Folders below each other; nobody keeps anything deeper."""
_ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
_INSTALLERS = ("Miniconda", "Anaconda", "Miniforge", "Mambaforge", "cuda_", "NVIDIA-Linux-")


class _Search:
    """Tells the kinds of paths, and remembers those of folders."""

    def __init__(
        self,
        filesystem: Filesystem,
        owners: Mapping[str, Package],
        packages: tuple[Package, ...],
        environment: Mapping[str, str],
    ) -> None:
        self._files = filesystem.files
        self._owners = owners
        self._table = table = _table()
        self._folders: dict[str, _Match] = {"": _NONE}
        self._at = dict(table.at)
        for kind in table.kinds:
            for variable in kind.variables:
                folder = _folder_of(environment.get(variable, ""))
                if folder:
                    self._at[folder] = kind
        cache = _folder_of(environment.get("XDG_CACHE_HOME", ""))
        if cache:
            for kind in table.kinds:
                for end in kind.ends:
                    if end[0] == ".cache":
                        self._at["/".join((cache, *end[1:]))] = kind
        self._kinds = _kinds(packages)
        self._installed = {
            canonical_name(package.name) for package in packages if package.type == "pypi"
        }

    def look(self, path: str) -> _Match:
        folder, _, name = path.rpartition("/")
        best, root = self._folders.get(folder) or self._look_at_folder(folder)
        if best is not None and (name in best.needed or (best.unowned and path in self._owners)):
            best = None
        table = self._table
        owner = self._owners.get(path)
        kind = self._kinds.get(id(owner))
        if kind is not None and (best is None or kind.at < best.at):
            best, root = kind, path
        if name.endswith(table.suffixes):
            kind = table.by_suffix[name[name.rindex(".") :]]
            if best is None or kind.at < best.at:
                best, root = kind, path
        if (best is None or best.at > table.archives_at) and self._is_left_archive(path, name):
            return table.kinds[table.archives_at], path
        return best, root

    def _look_at_folder(self, folder: str) -> _Match:
        if folder.count("/") > _DEEPEST:
            return _NONE
        # Upwards to a folder that is known, then down again: folders may be nested deeply.
        waiting = []
        above = folder
        while above not in self._folders:
            waiting.append(above)
            above = above.rpartition("/")[0]
        match = self._folders[above]
        for below in reversed(waiting):
            match = self._first(match, below)
            self._folders[below] = match
        return match

    def _first(self, above: _Match, folder: str) -> _Match:
        """Return the first kind of *folder* in the table; *above* is what it is in."""
        best, root = above
        found = self._at.get(folder)
        if found is not None and (best is None or found.at < best.at):
            best, root = found, folder
        name = folder[folder.rfind("/") + 1 :]
        for end, kind in self._table.by_last.get(name, ()):
            if (best is None or kind.at < best.at) and self._is_of(kind, end, folder):
                best, root = kind, folder
        return best, root

    def _is_of(self, kind: Kind, end: tuple[str, ...], folder: str) -> bool:
        names = folder.split("/")
        # Wheels have the licences of what they bundle below folders called as in their source.
        if len(names) < len(end) or any(name.endswith(".dist-info") for name in names):
            return False
        if not all(_fits(p, n) for p, n in zip(end[:-1], names[-len(end) : -1], strict=True)):
            return False
        if (
            kind.beside
            and f"{folder.rpartition('/')[0]}/{kind.beside}".lstrip("/") not in self._files
        ):
            return False
        if kind.within and not any(_fits(kind.within, name) for name in names[:-1]):
            return False
        return not (kind.without and kind.without in names)

    def _is_left_archive(self, path: str, name: str) -> bool:
        if not name.endswith(_LEFT) or path in self._owners:
            return False
        if name.endswith(".whl"):
            # Those of a Python that no package brought, for its `venv`.
            return "/ensurepip/" not in path and "share/python-wheels/" not in path
        if name.endswith((".deb", ".rpm")):
            return True
        if name.endswith((".run", ".sh")):
            return name.startswith(_INSTALLERS)
        stem = next(name.removesuffix(end) for end in _ARCHIVES if name.endswith(end))
        folder = path.rpartition("/")[0]
        if f"{folder}/{stem}".lstrip("/") in self._files:
            return True
        project, _, version = stem.rpartition("-")
        return version[:1].isdigit() and canonical_name(project) in self._installed


_LEFT = (".whl", ".deb", ".rpm", ".run", ".sh", *_ARCHIVES)


def _fits(pattern: str, name: str) -> bool:
    """
    Tell whether *name* is *pattern*, in which one `*` may stand for any letters.

    >>> _fits("python3.*", "python3.13"), _fits("python3.*", "python2.7")
    (True, False)
    """
    head, star, tail = pattern.partition("*")
    if not star:
        return name == pattern
    return len(name) >= len(head) + len(tail) and name.startswith(head) and name.endswith(tail)


def _folder_of(value: str) -> str:
    """Return the folder that a variable names; nothing where it may be more than a cache."""
    folder = value.strip("/")
    is_special = "cache" in folder.lower() or folder.count("/") > 1
    return folder if value.startswith("/") and is_special and "$" not in folder else ""


def _kinds(packages: tuple[Package, ...]) -> dict[int, Kind]:
    """Return of what kind each of *packages* is that is of one, by its identity."""
    found: dict[int, Kind] = {}
    for kind in _table().kinds:
        if kind.packages:
            for package in _of_kind(kind, packages):
                found.setdefault(id(package), kind)
    return found


def _of_kind(kind: Kind, packages: tuple[Package, ...]) -> list[Package]:
    """Return which of *packages* are of *kind*, with those that only they need."""
    table = _table().packages
    chosen: dict[int, Package] = {}
    unsure: dict[int, Package] = {}
    along: list[tuple[int, Package]] = []
    for package in packages:
        row = table.get((kind.packages, package.type))
        if row is None or package.vendored_in:
            continue
        if row.fits(_named(package)[1]):
            (unsure if row.unless_needed else chosen)[id(package)] = package
        elif package.name in row.along_names or package.name.startswith(row.along):
            along.append((id(package), package))
    if not (chosen or unsure):
        return []
    names = {_named(package) for package in (*unsure.values(), *(each for _, each in along))}
    users: dict[tuple[str, str], set[int]] = {}
    for package in packages:
        for name in package.requires:
            needed = _name(package.type, name)
            if needed in names and needed != _named(package):
                users.setdefault(needed, set()).add(id(package))
    kept = unsure
    while kept:
        kept = {
            at: package
            for at, package in unsure.items()
            if not users.get(_named(package), set()) <= unsure.keys()
        }
        for at in kept:
            del unsure[at]
    chosen |= unsure
    is_more = True
    while is_more:
        is_more = False
        for at, package in along:
            needing = users.get(_named(package), set())
            if at not in chosen and needing and needing <= chosen.keys():
                chosen[at] = package
                is_more = True
    return list(chosen.values())


def _named(package: Package) -> tuple[str, str]:
    return _name(package.type, package.name)


def _name(type_: str, name: str) -> tuple[str, str]:
    return type_, canonical_name(name) if type_ == "pypi" else name


class _Row(NamedTuple):
    fits: Callable[[str], bool]
    along: tuple[str, ...]
    along_names: frozenset[str]
    unless_needed: bool


class _Table(NamedTuple):
    kinds: tuple[Kind, ...]
    at: dict[str, Kind]
    by_last: dict[str, list[tuple[tuple[str, ...], Kind]]]
    """What folders' paths end with, by their last name."""
    by_suffix: dict[str, Kind]
    suffixes: tuple[str, ...]
    archives_at: int
    packages: dict[tuple[str, str], _Row]
    """By the word of their kind, and their type."""
    cuda: frozenset[str]
    cuda_users: frozenset[str]


@functools.cache
def _table() -> _Table:
    document = tomllib.loads(Path(__file__).with_name("waste.toml").read_text("utf-8"))
    kinds = tuple(_kind(at, row) for at, row in enumerate(document["kind"]))
    by_last: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
    for kind in kinds:
        for end in kind.ends:
            by_last.setdefault(end[-1], []).append((end, kind))
    by_suffix = {suffix: kind for kind in kinds for suffix in kind.suffixes}
    return _Table(
        kinds=kinds,
        at={folder: kind for kind in kinds for folder in kind.folders},
        by_last=by_last,
        by_suffix=by_suffix,
        suffixes=tuple(by_suffix),
        archives_at=next(kind.at for kind in kinds if kind.archives),
        packages={
            (row["of"], row["type"]): _Row(
                fits=_names(row),
                along=tuple(row.get("along", ())),
                along_names=frozenset(row.get("along-names", ())),
                unless_needed=row.get("unless-needed", False),
            )
            for row in document["package"]
        },
        cuda=frozenset(document["cuda"]["libraries"]),
        cuda_users=frozenset(document["cuda"]["users"]),
    )


def cuda_libraries() -> frozenset[str]:
    """Return the names of CUDA's libraries, before `.so`."""
    return _table().cuda


def users_of_system_cuda() -> frozenset[str]:
    """Return the Python packages that load the system's CUDA libraries."""
    return _table().cuda_users


def _kind(at: int, row: Mapping[str, Any]) -> Kind:
    return Kind(
        at=at,
        practice=row["practice"],
        what=row["what"],
        advice=row["advice"],
        folders=tuple(row.get("at", ())),
        ends=tuple(tuple(end.split("/")) for end in row.get("anywhere", ())),
        variables=tuple(row.get("variables", ())),
        suffixes=tuple(row.get("suffixes", ())),
        beside=row.get("beside", ""),
        within=row.get("within", ""),
        without=row.get("without", ""),
        needed=frozenset(row.get("except", ())),
        unowned=row.get("unowned", False),
        archives=row.get("archives", False),
        packages=row.get("packages", ""),
    )


def _names(row: Mapping[str, Any]) -> Callable[[str], bool]:
    names = frozenset(row.get("names", ()))
    starts, ends = tuple(row.get("starts", ())), tuple(row.get("ends", ()))
    parts, needed = tuple(row.get("parts", ())), tuple(row.get("except-ends", ()))

    def fits(name: str) -> bool:
        name = name.lower()
        return not name.endswith(needed) and (
            name in names
            or name.startswith(starts)
            or name.endswith(ends)
            or any(part in name for part in parts)
        )

    return fits
