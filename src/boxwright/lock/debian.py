"""
Which Debian packages go into an image: its base, and what the wheels' libraries need.

What wheels need is followed by library (the NEEDED entries of each added library), not by
Depends, which would add a desktop's worth of packages: opencv needs 10 MB of them, its
Depends are 218 MB.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from boxwright.debian.contents import ContentsIndex
from boxwright.debian.packages import Package
from boxwright.debian.resolve import Offer, close
from boxwright.debian.suite import (
    added_packages,
    architectures,
    base_packages,
    find_suite,
    suites,
    triplet,
)
from boxwright.errors import FetchError, LockError
from boxwright.lock.archive import Archive
from boxwright.lock.libraries import Libraries, read_libraries
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import LockedDeb
from boxwright.oci.digest import parse_digest
from boxwright.plan.model import BasePlan
from boxwright.progress import Progress
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import NotFoundError, Transport

_AT_ONCE = 8
"""Downloads at the same time."""

_C_LIBRARIES = {"GLIBC": "libc.so.6", "GLIBCXX": "libstdc++.so.6", "CXXABI": "libstdc++.so.6"}
"""The families of symbol versions that are checked, and the libraries that define them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the ELF files of one wheel need and bring."""

    distribution: str
    """Normalised (PEP 503)."""
    needed: tuple[str, ...] = ()
    """The libraries of all NEEDED entries."""
    provided: tuple[str, ...] = ()
    """The libraries that the wheel has itself."""
    versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The highest version needed of each family of symbols: `GLIBC`, (2, 28)."""


def lock_base(
    plan: BasePlan,
    suite: str,
    architecture: str,
    *,
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    settings: Settings,
    progress: Progress,
) -> tuple[LockedDeb, ...]:
    """
    Return the packages of the base (role `base`) and those that *plan* adds (role `system`).

    Raises ArchiveError where the archive is not what was signed, FetchError where it
    cannot be had, and LockError where a package is not in it.
    """
    offer = _archive(mirrors, transport, cache, settings, progress).offer(
        *_known(suite, architecture)
    )
    base = close(offer, base_packages(find_suite(suite), plan.variant))
    added = close(offer, added_packages(plan.packages), present=[package.name for package in base])
    return _sorted(
        [
            *(_locked(offer, package, "base") for package in base),
            *(_locked(offer, package, "system") for package in added),
        ]
    )


def lock_added(
    names: Sequence[str],
    suite: str,
    architecture: str,
    *,
    present: Collection[str],
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    settings: Settings,
    progress: Progress,
) -> tuple[LockedDeb, ...]:
    """Return the packages *names*, and what they need, beyond those *present*: role `system`."""
    if not names:
        return ()
    offer = _archive(mirrors, transport, cache, settings, progress).offer(
        *_known(suite, architecture)
    )
    added = close(offer, added_packages(tuple(names)), present=sorted(present))
    return _sorted(
        _locked(offer, package, "system") for package in added if package.name not in present
    )


def missing_libraries(needs: Iterable[Need], there: Libraries, where: str) -> Mapping[str, str]:
    """
    Return the libraries that *needs* ask for and that are not *there*, with who needs them.

    Raises LockError where a wheel needs a newer C or C++ library than *where* has.
    """
    needs = sorted(needs, key=lambda need: need.distribution)
    _check_versions(needs, there, where)
    return _open_needs(needs, there)


def lock_system(
    needs: Iterable[Need],
    base: Sequence[LockedDeb],
    suite: str,
    architecture: str,
    *,
    there: Libraries | None = None,
    present: Collection[str] = (),
    where: str = "",
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    settings: Settings,
    progress: Progress,
) -> tuple[LockedDeb, ...]:
    """
    Return the packages that *needs* ask for beyond *base*, all with the role `system`.

    Below *base* may be an image, called *where*, with the libraries *there* and the packages
    *present*.

    A library that no package has is told to *progress* and left out, because wheels carry
    plug-ins for systems that most images are not. Raises LockError where a wheel needs a
    newer C or C++ library than the suite has.
    """
    needs = sorted(needs, key=lambda need: need.distribution)
    fetch = functools.partial(
        fetch_debs, mirrors=mirrors, transport=transport, cache=cache, progress=progress
    )
    there = there or Libraries()
    for deb, path in zip(base, fetch(base), strict=True):
        there = there.with_package(read_libraries(path, deb, cache))
    _check_versions(needs, there, where or suite)
    asked = {need.distribution: _table()["distributions"].get(need.distribution) for need in needs}
    open_needs = _open_needs(needs, there)
    if not open_needs and not any(asked.values()):
        return ()
    archive = _archive(mirrors, transport, cache, settings, progress)
    search = _Search(
        offer=archive.offer(*_known(suite, architecture)),
        contents=archive.contents(suite, architecture),
        present=frozenset((*present, *(deb.name for deb in base))),
    )
    folder = f"usr/lib/{triplet(architecture)}"
    whole = {
        name
        for distribution, names in asked.items()
        for name in search.named(names or (), distribution)
    }
    wanted = set(whole)
    whole |= set(_table()["alternatives"].values())
    added: dict[str, LockedDeb] = {}
    while wanted or open_needs:
        for library, by in open_needs.items():
            found = search.package_of(library)
            if found is not None:
                wanted.add(found)
            else:
                progress.note(
                    f"{by} needs the library `{library}`, which no package of {suite} has: "
                    "what uses it will not load"
                )
        debs = [search.locked(name) for name in sorted(wanted - added.keys())]
        fresh = [
            read_libraries(path, deb, cache) for deb, path in zip(debs, fetch(debs), strict=True)
        ]
        added |= {deb.name: deb for deb in debs}
        for package in fresh:
            there = there.with_package(package)
        open_needs = {
            library: f"the Debian package `{deb.name}`"
            for deb, package in zip(debs, fresh, strict=True)
            for library in package.needed("" if deb.name in whole else folder)
            if library not in there and library not in _runtime()
        }
        wanted = set()
    return _sorted(added.values())


def fetch_debs(
    debs: Sequence[LockedDeb],
    *,
    mirrors: Mirrors,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> list[Path]:
    """Return the files of *debs*, each with the locked digest, in the same order."""

    def fetch(deb: LockedDeb) -> Path:
        url = f"{mirrors.root(deb.archive)}/{deb.path}"
        what = f"the Debian package `{deb.name}` {deb.version}"
        try:
            return transport.download(
                url,
                digest=deb.digest,
                size=deb.size,
                cache=cache,
                what=what,
                progress=progress,
                proxy=mirrors.proxy_for(url),
            )
        except NotFoundError as error:
            raise FetchError(
                f"{what} is no longer on the mirror",
                hint="newer versions replace older ones there: `boxwright lock --upgrade` takes "
                "them; to build from this lock set `debian.mirror` to one that keeps everything",
            ) from error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(fetch, debs))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Where packages are looked for."""

    offer: Offer
    contents: ContentsIndex
    present: frozenset[str]

    def package_of(self, library: str) -> str | None:
        """Return the package that has *library*."""
        if chosen := _table()["alternatives"].get(library):
            return str(chosen)
        names = [name for name in self.contents.packages(library) if self.offer.find(name)]
        # Of several the one that is named after the library: `libsystemd.so.0` is in
        # `libsystemd0` and in `libelogind0`.
        stem, _, version = library.lower().partition(".so.")
        named = (f"{stem}{version}", f"{stem}-{version}", f"{stem}{version}t64")
        return next((name for name in names if name in named), names[0] if names else None)

    def named(self, names: Iterable[str], distribution: str) -> list[str]:
        """Return those of *names*, each perhaps with alternatives, that are to be added."""
        result = []
        for alternatives in names:
            found = next((one for one in alternatives.split("|") if self.offer.find(one)), None)
            if found is None:
                raise LockError(
                    f"the archive has none of the Debian packages `{alternatives}`, one of "
                    f"which `{distribution}` needs"
                )
            if found not in self.present:
                result.append(found)
        return result

    def locked(self, name: str) -> LockedDeb:
        """Return the package *name* as a lock has it."""
        package = self.offer.find(name)
        assert package is not None  # noqa: S101 (only names that were found come here)
        return _locked(self.offer, package, "system")


def _open_needs(needs: Sequence[Need], there: Libraries) -> dict[str, str]:
    """Return the libraries that are still to be found, each with who needs it."""
    bundled = {library for need in needs for library in need.provided}
    result: dict[str, str] = {}
    for need in needs:
        for library in need.needed:
            if library not in bundled and library not in there and library not in _runtime():
                result.setdefault(library, f"`{need.distribution}`")
    return dict(sorted(result.items()))


def _check_versions(needs: Sequence[Need], there: Libraries, where: str) -> None:
    bundled = {library for need in needs for library in need.provided}
    for family, library in _C_LIBRARIES.items():
        newest = there.newest_version(library, family)
        if library in bundled or newest is None:
            continue
        for need in needs:
            version = need.versions.get(family)
            if version is not None and version > newest:
                raise LockError(
                    f"`{need.distribution}` needs {family}_{_dotted(version)}, but {where} has "
                    f"only {family}_{_dotted(newest)}",
                    hint=f"{_newer(where)}, or a version of "
                    f"`{need.distribution}` that was built for older systems",
                )


def _newer(where: str) -> str:
    return 'take a newer suite (`suite = "trixie"`)' if where in suites() else "take a newer image"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _locked(offer: Offer, package: Package, role: str) -> LockedDeb:
    return LockedDeb(
        name=package.name,
        version=package.version,
        architecture=package.architecture,
        archive=offer.origin(package.name),
        path=package.path,
        digest=parse_digest(f"sha256:{package.sha256}"),
        size=package.size,
        role=role,
    )


def _sorted(debs: Iterable[LockedDeb]) -> tuple[LockedDeb, ...]:
    return tuple(sorted(debs, key=lambda deb: (deb.name, deb.role)))


def _archive(
    mirrors: Mirrors, transport: Transport, cache: Cache, settings: Settings, progress: Progress
) -> Archive:
    return Archive(
        mirrors=mirrors,
        transport=transport,
        cache=cache,
        progress=progress,
        check_valid_until=settings.debian.check_valid_until,
    )


def _known(suite: str, architecture: str) -> tuple[str, str]:
    if suite not in suites():
        raise LockError(f"`{suite}` is no suite that images can stand on", hint=_either(suites()))
    if architecture not in architectures():
        raise LockError(
            f"images cannot be built for the architecture `{architecture}`",
            hint=_either(architectures()),
        )
    return suite, architecture


def _either(names: Sequence[str]) -> str:
    return f"take {' or '.join(f'`{name}`' for name in names)}"


def _runtime() -> frozenset[str]:
    return frozenset(_table()["runtime"])


@functools.cache
def _table() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("system_needs.toml").read_text("utf-8")
    return tomllib.loads(text)
