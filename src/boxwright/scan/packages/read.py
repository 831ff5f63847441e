"""Documents of an image → the packages that are in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter

import msgspec

from boxwright.scan.filesystem import Live
from boxwright.scan.layer_index import FILE
from boxwright.scan.packages.apk import read_apk
from boxwright.scan.packages.conda import read_conda
from boxwright.scan.packages.documents import wanted
from boxwright.scan.packages.dpkg import read_dpkg
from boxwright.scan.packages.interpreter import find_interpreters, read_interpreters
from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.npm import read_npm
from boxwright.scan.packages.os_release import read_distribution
from boxwright.scan.packages.package import Inventory, Package
from boxwright.scan.packages.python import (
    read_dist_info,
    read_egg,
    read_egg_info,
    read_egg_info_file,
    read_egg_link,
)
from boxwright.scan.packages.rpm import UNREAD_DATABASES, read_manifest, read_rpm
from boxwright.scan.packages.words import Unread

_Reader = Callable[[str, Documents, Unread], Iterator[Package]]

_MOST = 25_000
"""Packages; an image with all that Jupyter and a large application in JavaScript need has 3,000."""
_MOST_NEEDS = 200_000
"""Of all packages together, ten times those of such an image."""
_NO_DOCUMENTS = (".py", ".pyc", ".pyi", ".h", ".so", ".hpp")
"""How most files end: a look at their folders would take long."""
_VENDOR_FOLDERS = frozenset(["_vendor", "_vendored", "_vendored_packages"])
_SYSTEM = frozenset(["deb", "apk", "rpm", "conda"])
_INSTALLERS = {"deb": "dpkg", "apk": "apk", "rpm": "rpm", "conda": "conda"}


def read_packages(documents: Mapping[str, bytes], files: Mapping[str, Live]) -> Inventory:
    """
    Return the packages that *documents* tell of, which are contents of some of *files*.

    Nothing that documents have in them makes this fail: what is broken is `unread`, and the rest
    is read. Without *files*, links are not followed, and Pythons that have no package not found.
    """
    found = Documents(documents, files)
    unread = Unread()
    for clause in _not_there(found):
        unread.append(clause)
    packages: list[Package] = []
    needs = _MOST_NEEDS
    for path in sorted(found):
        reader = _reader(path)
        if reader is None:
            continue
        for package in itertools.islice(reader(path, found, unread), _MOST - len(packages) + 1):
            needed = package.requires
            if len(needed) > needs:
                unread.append(
                    f"`{path}` tells of more needs than are read, from those of `{package.name}` on"
                )
                packages.append(msgspec.structs.replace(package, requires=needed[:needs]))
            else:
                packages.append(package)
            needs -= min(needs, len(needed))
        if len(packages) > _MOST:
            del packages[_MOST:]
            unread.append(f"more than {_MOST:,} packages, of which `{path}` tells of the next")
            break
    pythons = find_interpreters(found)
    places = {package.path for package in packages if package.type not in _SYSTEM} | set(pythons)
    owners = {
        file.path: package
        for package in packages
        if package.type in _SYSTEM
        for file in package.files
        if file.path in places
    }
    packages = _placed(packages, places, owners)
    packages.extend(read_interpreters(pythons, owners.keys(), packages, found, unread))
    if found.is_used_up:
        unread.append(
            "documents that lead to the same files again and again are not read to the end"
        )
    # A database that was put together by hand tells of some packages twice.
    once = {(p.type, p.name, p.path, p.version, p.architecture): p for p in reversed(packages)}
    return Inventory(
        packages=tuple(package for _, package in sorted(once.items(), key=itemgetter(0))),
        distribution=read_distribution(found),
        unread=unread.clauses(),
    )


def _reader(path: str) -> _Reader | None:
    folder, _, name = path.rpartition("/")
    if folder.endswith("lib/dpkg/status.d"):
        return None if name.endswith((".md5sums", ".list")) else read_dpkg
    reader = _BY_NAME.get(name)
    if reader is not None:
        return reader
    if name.endswith(".json"):
        return read_conda if folder.endswith("conda-meta") else None
    if name.endswith(".egg-info"):
        return read_egg_info_file
    if name.endswith(".egg"):
        return read_egg
    if name.endswith(".egg-link"):
        return read_egg_link
    lowered = folder.lower()
    if name.lower() == "metadata" and lowered.endswith("dist-info"):
        return read_dist_info
    if name.lower() == "pkg-info" and lowered.endswith("egg-info"):
        return read_egg_info
    return None


_BY_NAME: dict[str, _Reader] = {
    "status": read_dpkg,
    "installed": read_apk,
    "rpmdb.sqlite": read_rpm,
    "container-manifest-2": read_manifest,
    "package.json": read_npm,
}


def _placed(
    packages: list[Package], places: set[str], owners: Mapping[str, Package]
) -> list[Package]:
    """Return *packages* with what their places tell: whose copies they are, who installed them."""
    vendors = {
        file.path: package
        for package in packages
        if package.type == "pypi"
        for file in package.files
        if file.path in places and file.path != package.path
    }
    placed: list[Package] = []
    for package in packages:
        if package.type in _SYSTEM:
            placed.append(package)
            continue
        vendor = vendors.get(package.path)
        name = vendor.name if vendor is not None else _vendor_by_folder(package.path)
        owner = owners.get(package.path)
        if name:
            placed.append(msgspec.structs.replace(package, vendored_in=name))
        elif owner is not None and not package.installer:
            placed.append(msgspec.structs.replace(package, installer=_INSTALLERS[owner.type]))
        else:
            placed.append(package)
    return placed


def _vendor_by_folder(path: str) -> str:
    """
    Return the package that a folder for copies belongs to, by the folder above it.

    >>> _vendor_by_folder("usr/lib/python3/dist-packages/setuptools/_vendor/a.dist-info/METADATA")
    'setuptools'
    """
    parts = path.split("/")
    for at in range(len(parts) - 1, 0, -1):
        if parts[at] in _VENDOR_FOLDERS:
            return parts[at - 1]
    return ""


def _not_there(found: Documents) -> Iterator[str]:
    """Yield what of an image could tell of packages and is not read, by the names of files."""
    for path, live in found.files.items():
        member = live.member
        if path.endswith(_NO_DOCUMENTS) or member.kind != FILE or not member.size or path in found:
            continue
        folder, _, name = path.rpartition("/")
        if folder.endswith("/rpm"):
            if name in UNREAD_DATABASES:
                yield f"`{path}` {UNREAD_DATABASES[name]}"
            elif name == "rpmdb.sqlite-wal":
                yield f"`{path}` holds changes that are not read: some packages may be missing"
        if wanted(path, 0):
            yield f"`{path}` was not kept: it has {member.size:,} bytes"
