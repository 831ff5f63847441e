"""The wheels of a lock on this machine: found, fetched or built, each verified by its digest."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import DigestMismatchError, FetchError, LockError
from boxwright.lock.built import build_wheel, recall_built, source_key
from boxwright.lock.files import digest_of_file, find_local, recall_url, remember_urls
from boxwright.lock.indexes import Indexes
from boxwright.lock.model import LockedWheel, PlatformLock
from boxwright.lock.python import find_urls, read_urls
from boxwright.lock.target import Target, locked_target
from boxwright.lock.uv import Uv, UvError
from boxwright.oci.digest import Digest
from boxwright.store.cache import Cache
from boxwright.store.transport import NotFoundError, Transport, is_remote, local_path

if TYPE_CHECKING:
    from boxwright.progress import Progress

_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedWheel:
    """A wheel whose bytes are here; *path* may have any name."""

    name: str
    version: str
    path: Path
    digest: Digest
    size: int
    built: bool
    """Whether it was built on this machine, so that its packing depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A file of a lock: a wheel, or the archive that one is built from."""

    wheel: LockedWheel
    file: str
    digest: Digest
    size: int
    location: str
    """Where the project itself says that it is, if it does."""


def fetch_wheels(
    lock: PlatformLock,
    folder: Path,
    *,
    indexes: Indexes,
    cache: Cache,
    transport: Transport,
    progress: Progress,
) -> list[FetchedWheel]:
    """
    Return the wheels of *lock* for the project in *folder*, in the lock's order.

    A file is looked for in the cache, in the find-links folders, where it was seen
    before, where the project's lock files say, and last uv is asked where it is.
    """
    target = locked_target(lock)
    uv = Uv(folder=folder, indexes=indexes, environ=transport.environ, offline=transport.offline)
    transport = indexes.transport(transport)
    keys = {
        wheel.name: source_key(wheel.source, folder, target, cache)
        for wheel in lock.wheels
        if wheel.source and not wheel.digest
    }
    built = {name: recall_built(key, target, cache) for name, key in keys.items()}
    wanted = [one for wheel in lock.wheels if not built.get(wheel.name) for one in _files(wheel)]
    found = _find_all(wanted, target, uv, cache, transport, progress)
    result = []
    for wheel in lock.wheels:
        if wheel.digest:
            path, version, digest = found[wheel.name], wheel.version, wheel.digest
        else:
            made = built[wheel.name] or build_wheel(
                wheel,
                keys[wheel.name],
                archive=found.get(wheel.name),
                target=target,
                uv=uv,
                cache=cache,
                progress=progress,
            )
            path, version, digest = cache.blob_path(made.digest), made.version, made.digest
        result.append(
            FetchedWheel(
                name=wheel.name,
                version=version,
                path=path,
                digest=digest,
                size=path.stat().st_size,
                built=wheel.name in keys,
            )
        )
    return result


def _files(wheel: LockedWheel) -> list[_Wanted]:
    """Return the file that *wheel* is, or is built from; none for folders and commits."""
    source = wheel.source
    part = wheel if wheel.digest else source
    if part is None or not part.digest:
        return []
    return [
        _Wanted(
            wheel=wheel,
            file=part.file,
            digest=part.digest,
            size=part.size,
            location=source.location if source else "",
        )
    ]


def _find_all(
    wanted: Sequence[_Wanted],
    target: Target,
    uv: Uv,
    cache: Cache,
    transport: Transport,
    progress: Progress,
) -> dict[str, Path]:
    """Return the path of each wanted file by the distribution's name."""
    folders = list(uv.indexes.local_folders())
    found: dict[str, Path] = {}
    missing: list[tuple[_Wanted, str]] = []
    for one in wanted:
        path = cache.find(one.digest) or find_local(folders, one.file, one.digest, cache)
        declared = _location(one, uv.folder)
        url = declared or recall_url(one.digest, cache)
        if path is None and url and not is_remote(url):
            path = _local(url, one, cache, is_declared=bool(declared))
        if path is None:
            missing.append((one, url if is_remote(url) else ""))
        else:
            found[one.wheel.name] = path
    unknown = [one for one, url in missing if not url]
    if unknown:
        _learn_urls(unknown, target, uv, cache)
    jobs = [(one, url or recall_url(one.digest, cache)) for one, url in missing]
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        futures = [
            (one, pool.submit(_fetch, one, url, target, uv, cache, transport, progress))
            for one, url in sorted(jobs, key=lambda job: -job[0].size)
        ]
        try:
            for one, future in futures:
                found[one.wheel.name] = future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _fetch(
    one: _Wanted,
    url: str,
    target: Target,
    uv: Uv,
    cache: Cache,
    transport: Transport,
    progress: Progress,
) -> Path:
    if not is_remote(url):
        path = _local(url, one, cache, is_declared=True) if url else None
        if path is None:
            raise _nowhere(one, offline=transport.offline)
        return path

    def download(place: str) -> Path:
        return transport.download(
            place,
            digest=one.digest,
            size=one.size,
            cache=cache,
            what=one.file,
            progress=progress,
            auth=uv.indexes.auth_for(place),
        )

    try:
        return download(url)
    except NotFoundError:
        # Indexes move their files: ask where it is now, once.
        _learn_urls([one], target, uv, cache)
        other = recall_url(one.digest, cache)
        if other == url or not is_remote(other):
            raise
        return download(other)


def _learn_urls(wanted: Sequence[_Wanted], target: Target, uv: Uv, cache: Cache) -> None:
    """Find out where files are: from the project's own locks, else from the indexes."""
    # What is remembered of them so far was of no use.
    before = {one.digest: recall_url(one.digest, cache) for one in wanted}
    # What these locks do not say, or cannot, the indexes may know.
    with contextlib.suppress(LockError):
        remember_urls(read_urls(uv), cache)

    def unknown() -> list[LockedWheel]:
        return [
            one.wheel for one in wanted if recall_url(one.digest, cache) in ("", before[one.digest])
        ]

    # A folder with a few files of a version would hide what other indexes have of it.
    others = uv.indexes.without_local_extras()
    if others is not None and unknown():
        with contextlib.suppress(UvError):
            remember_urls(find_urls(unknown(), target, replace(uv, indexes=others)), cache)
    missing = unknown()
    if not missing:
        return
    try:
        remember_urls(find_urls(missing, target, uv), cache)
    except UvError as error:
        names = ", ".join(f"`{wheel.name}` {wheel.version}" for wheel in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise FetchError(
            f"{names}{more}, which `boxwright.lock` names, cannot be found: {error.text}",
            hint=error.hint,
        ) from error


def _location(one: _Wanted, folder: Path) -> str:
    if not one.location or "://" in one.location:
        return one.location
    return str(folder / one.location)


def _local(url: str, one: _Wanted, cache: Cache, *, is_declared: bool) -> Path | None:
    """Return the file at *url* if it is the right one; where it is declared it has to be."""
    path = local_path(url)
    if not path.is_file():
        return None
    digest, _ = digest_of_file(path, cache)
    if digest == one.digest:
        return path
    if is_declared:
        raise DigestMismatchError(wanted=one.digest, got=digest, what=f"`{path}`")
    return None


def _nowhere(one: _Wanted, *, offline: bool) -> FetchError:
    hint = (
        "run once without `--offline` to fill the cache"
        if offline
        else "check the indexes and find-links of this machine; if the file was replaced there, "
        "run `boxwright lock --upgrade`"
    )
    return FetchError(
        f"no index or folder has the file `{one.file}` with the digest that `boxwright.lock` names",
        hint=hint,
    )
