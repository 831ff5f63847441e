"""Whose a file is: which package says so, and whether it is as the package promises."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from boxwright.scan.filesystem import Live
from boxwright.scan.layer_index import DIRECTORY, FILE
from boxwright.scan.packages.package import Package

SYSTEM = frozenset(["deb", "apk", "rpm", "conda"])
"""Types of packages whose files other packages may tell of once more."""
_RANKS = {"deb": 0, "apk": 0, "rpm": 0, "conda": 1, "pypi": 2, "npm": 3}
_LAST = 4
_FOLDERS = (".dist-info", ".egg-info", ".egg/EGG-INFO")
_STATUS_D = "lib/dpkg/status.d"
_MODULES = "node_modules/"
_WRITTEN_ON_THE_SPOT = frozenset(["bin", "Scripts", "condabin"])
"""Folders of launchers, whose first line follows the environment."""

Owners = dict[str, Package]
"""The owner of each live file that has one, by path."""


def find_owners(packages: Iterable[Package], files: Mapping[str, Live]) -> Owners:
    """
    Return whose each of *files* is that one of *packages* owns.

    Of several that claim a file, the distribution's package is the owner, then conda's, then that
    of Python; a copy that another package has among its files owns nothing that this one lists.
    Folders are nobody's. A package also owns what tells of it, and the byte code of its modules;
    one of npm's, which lists nothing, what is in its folder.
    """
    owners: Owners = {}
    told: dict[str, Package] = {}
    debian: dict[str, Package] = {}
    modules: dict[str, Package] = {}
    for package in sorted(packages, key=_rank):
        for file in package.files:
            path = file.path
            live = files.get(path)
            if live is None:
                path = f"usr/{path}"
                live = files.get(path)
                if live is None:
                    continue
            if path not in owners and live.member.kind != DIRECTORY:
                owners[path] = package
        folder = package.path.rpartition("/")[0]
        if folder.endswith(_FOLDERS):
            told.setdefault(folder, package)
        elif package.type == "deb" and not folder.endswith(_STATUS_D):
            debian[package.name] = package
            debian[f"{package.name}:{package.architecture}"] = package
        elif package.type not in ("apk", "rpm") and package.path in files:
            owners.setdefault(package.path, package)
            if package.type == "deb":
                debian[package.path.rpartition("/")[2]] = package
            elif package.type == "npm":
                modules[folder] = package
    for path, live in files.items():
        if path not in owners and live.member.kind != DIRECTORY:
            owner = _owner_by_place(path, owners, told, debian)
            if owner is None and modules and _MODULES in path:
                owner = _module_of(path, modules)
            if owner is not None:
                owners[path] = owner
    return owners


def find_promises(
    packages: Iterable[Package], paths: Container[str]
) -> dict[str, frozenset[bytes]]:
    """
    Return the SHA-256 digests that *packages* promise for their files at *paths*, by path.

    dpkg has MD5 and apk SHA-1, which nobody computes of files here: they promise nothing.
    """
    promised: dict[str, frozenset[bytes]] = {}
    for package in packages:
        for file in package.files:
            if file.path in paths and file.digest.startswith("sha256:"):
                digest = _bytes(file.digest.removeprefix("sha256:"))
                before = promised.get(file.path)
                promised[file.path] = digest if before is None else before | digest
    return promised


def find_modified(
    owners: Mapping[str, Package],
    promised: Mapping[str, frozenset[bytes]],
    files: Mapping[str, Live],
) -> tuple[str, ...]:
    """
    Return which of *files* are not what any package promises, in order.

    Launchers and byte code are written on the spot, and are not compared.
    """
    return tuple(
        sorted(
            path
            for path, digests in promised.items()
            if path in owners
            and files[path].member.kind == FILE
            and files[path].member.digest not in digests
            and files[path].member.digest
            and not path.endswith(".pyc")
            and path.rpartition("/")[0].rpartition("/")[2] not in _WRITTEN_ON_THE_SPOT
        )
    )


def _rank(package: Package) -> int:
    if package.vendored_in:
        return _LAST + 1
    return _RANKS.get(package.type, _LAST)


def _owner_by_place(
    path: str,
    owners: Mapping[str, Package],
    told: Mapping[str, Package],
    debian: Mapping[str, Package],
) -> Package | None:
    folder, _, name = path.rpartition("/")
    if folder.endswith("__pycache__"):
        module = name.partition(".")[0]
        return owners.get(f"{folder.removesuffix('__pycache__')}{module}.py")
    if folder.endswith(("lib/dpkg/info", _STATUS_D)):
        return debian.get(name.rpartition(".")[0])
    # `x.dist-info/licenses/LICENSE` is below the folder, not in it.
    end = folder.find("-info/")
    return told.get(folder if end < 0 else folder[: end + len("-info")])


def _module_of(path: str, modules: Mapping[str, Package]) -> Package | None:
    """Return the innermost of *modules* of npm, by their folders, that *path* is in."""
    start = path.rfind(_MODULES)
    while start >= 0:
        name = start + len(_MODULES)
        end = path.find("/", name)
        if path.startswith("@", name) and end >= 0:
            end = path.find("/", end + 1)
        found = modules.get(path[:end]) if end >= 0 else None
        if found is not None:
            return found
        start = path.rfind(_MODULES, 0, start)
    return None


def _bytes(text: str) -> frozenset[bytes]:
    try:
        return frozenset([bytes.fromhex(text)])
    except ValueError:
        return frozenset()
