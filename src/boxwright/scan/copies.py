"""The same in several places: files with one content, and CUDA's libraries beside those of wheels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from boxwright.scan.filesystem import Live, real_folder
from boxwright.scan.layer_index import FILE
from boxwright.scan.packages.package import Package
from boxwright.scan.unneeded import cuda_libraries, users_of_system_cuda
from boxwright.wheel.filename import canonical_name

_LEAST = 4096
"""Bytes up to which a file takes no more room than a link to it would."""
_LEAST_OF_PACKAGE = 1 << 20
_HEX = frozenset("0123456789abcdef")
_OF_SYSTEM = frozenset(["deb", "apk", "rpm"])


class Copy(NamedTuple):
    """A file whose content is elsewhere too."""

    path: str
    size: int
    kept: str
    """Where else it is."""


class CudaCopies(NamedTuple):
    """Copies of CUDA's libraries that one of wheels stands in for."""

    copies: tuple[Copy, ...]
    from_system: bool
    """Whether they are the distribution's or the toolkit's, not of another wheel."""
    preferred: str
    """The folder of them that `LD_LIBRARY_PATH` names, so that they may be loaded first."""
    users: tuple[str, ...]
    """Python packages that look for the system's."""


def find_duplicates(
    files: Mapping[str, Live], owners: Mapping[str, Package], passed_over: Collection[str]
) -> list[Copy]:
    """
    Return which of *files* have the content of another one, the other one not among them.

    A link is no copy. What is in *passed_over* is not looked at. The original is a package's file
    before one that is nobody's, and then that of the lowest layer, and there the first by its path.
    Copies that a package has of its own file, or that are the distribution's, or small ones of
    packages, such as licences, are not told: no user can have them as links.
    """
    groups: dict[tuple[bytes, int], list[str]] = {}
    for path, (member, _) in files.items():
        if member.size > _LEAST and member.kind == FILE and member.digest:
            groups.setdefault((member.digest, member.size), []).append(path)
    found = []
    for (_, size), paths in groups.items():
        if len(paths) < 2:
            continue
        left = sorted(
            (path not in owners, files[path].layer, path)
            for path in paths
            if path not in passed_over
        )
        kept = left[0][-1] if left else ""
        for *_, path in left[1:]:
            owner = owners.get(path)
            if owner is None or (
                size > _LEAST_OF_PACKAGE
                and owner.type not in _OF_SYSTEM
                and owner is not owners.get(kept)
            ):
                found.append(Copy(path, size, kept))
    return found


def common_roots(one: str, other: str) -> tuple[str, str]:
    """
    Return where two paths part, seen from their ends.

    >>> common_roots("opt/venv/lib/a/x.so", "app/.venv/lib/a/x.so")
    ('opt/venv', 'app/.venv')
    >>> common_roots("app/model.bin", "app/copy.bin")
    ('app/model.bin', 'app/copy.bin')
    """
    first, second = one.split("/"), other.split("/")
    while first and second and first[-1] == second[-1]:
        first.pop()
        second.pop()
    return "/".join(first), "/".join(second)


def find_cuda_copies(
    files: Mapping[str, Live],
    owners: Mapping[str, Package],
    packages: Iterable[Package],
    environment: Mapping[str, str],
) -> list[CudaCopies]:
    """
    Return the CUDA libraries that the image has again, of the system first, then of wheels.

    Wheels load their own libraries, or those of `nvidia-…` wheels, by their relative path. Those
    of the system are copies whatever their version is, if a wheel has the library; those of
    wheels only if they have one soname.
    """
    known = cuda_libraries()
    libraries: dict[str, list[tuple[int, str, str, int]]] = {}
    for path, (member, _) in files.items():
        if ".so" not in path or member.kind != FILE or not member.size:
            continue
        folder, _, name = path.rpartition("/")
        library, major = _library(name)
        if library in known and not folder.endswith("/stubs"):
            rank = _rank(path, owners.get(path))
            libraries.setdefault(library, []).append((rank, path, major, member.size))
    system: list[Copy] = []
    wheels: list[Copy] = []
    for found in libraries.values():
        found.sort()
        kept: dict[str, str] = {}
        for rank, path, major, size in found:
            if rank >= _SYSTEM and kept:
                system.append(Copy(path, size, kept.get(major) or next(iter(kept.values()))))
            elif rank < _SYSTEM and major in kept:
                wheels.append(Copy(path, size, kept[major]))
            elif rank < _SYSTEM:
                kept[major] = path
    copies = []
    if system:
        folders = {copy.path.rpartition("/")[0] for copy in system}
        copies.append(
            CudaCopies(
                tuple(system), True, _preferred(environment, folders, files), _users(packages)
            )
        )
    if wheels:
        copies.append(CudaCopies(tuple(wheels), False, "", ()))
    return copies


_SYSTEM = 3


def _library(name: str) -> tuple[str, str]:
    """
    Return which library a file is by its name, and the major version.

    >>> _library("libcublas.so.12.4.5.8"), _library("libcudart-9335f6a2.so.11.0")
    (('libcublas', '12'), ('libcudart', '11'))
    """
    stem, _, version = name.partition(".so")
    head, _, mark = stem.rpartition("-")
    if len(mark) == 8 and _HEX.issuperset(mark):
        stem = head
    return stem, version.lstrip(".").partition(".")[0]


def _rank(path: str, owner: Package | None) -> int:
    """Return whose a library is: of an `nvidia-` wheel, of another wheel, of conda, the system's."""
    if "-packages/nvidia/" in path:
        return 0
    if "-packages/" in path and (owner is None or owner.type == "pypi"):
        return 1
    return 2 if owner is not None and owner.type == "conda" else _SYSTEM


def _preferred(
    environment: Mapping[str, str], folders: Collection[str], files: Mapping[str, Live]
) -> str:
    for folder in environment.get("LD_LIBRARY_PATH", "").split(":"):
        if folder.startswith("/") and real_folder(files, folder.strip("/")) in folders:
            return folder
    return ""


def _users(packages: Iterable[Package]) -> tuple[str, ...]:
    names = {canonical_name(package.name) for package in packages if package.type == "pypi"}
    # TensorFlow loads those of wheels, where they are there.
    return tuple(
        sorted(
            name
            for name in names & users_of_system_cuda()
            if not (name.startswith("tensorflow") and _has_nvidia_wheels(names))
        )
    )


def _has_nvidia_wheels(names: Iterable[str]) -> bool:
    return any(name.startswith("nvidia-cudnn") for name in names)
