"""
The Debian archive as a lock sees it: signed releases, and the indexes that they name.

Every step is verified by the one before: InRelease by its signature, an index by its
digest in InRelease. What was verified and read once is kept in the cache in a form that
is fast to read again; only InRelease is fetched anew each time.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from boxwright.debian import contents, packages
from boxwright.debian.contents import ContentsIndex
from boxwright.debian.keyring import archive_keyring
from boxwright.debian.packages import PackageIndex
from boxwright.debian.release import IndexFile, Release, read_release
from boxwright.debian.resolve import Offer
from boxwright.debian.suite import COMPONENT, triplet
from boxwright.errors import ArchiveError, FetchError, LockError
from boxwright.lock.mirrors import Mirrors
from boxwright.oci.digest import Digest, digest_of, parse_digest
from boxwright.progress import Progress
from boxwright.store.cache import Cache
from boxwright.store.transport import NotFoundError, Transport, is_remote

_LARGEST_RELEASE = 1 << 24
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of the archive that holds an InRelease file."""

    archive: str
    """`debian` or `debian-security`."""
    suite: str
    """`trixie-updates`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Debian's archive behind *mirrors*."""

    mirrors: Mirrors
    transport: Transport
    cache: Cache
    progress: Progress
    check_valid_until: bool = True

    def offer(self, suite: str, architecture: str) -> Offer:
        """Return what *suite*, its updates and its security updates offer together."""
        places = (
            Place(archive="debian", suite=suite),
            Place(archive="debian", suite=f"{suite}-updates"),
            Place(archive="debian-security", suite=f"{suite}-security"),
        )
        with ThreadPoolExecutor(len(places)) as pool:
            return Offer(list(pool.map(lambda place: self._packages(place, architecture), places)))

    def contents(self, suite: str, architecture: str) -> ContentsIndex:
        """Return which packages of *suite* have which libraries."""
        place = Place(archive="debian", suite=suite)
        compact = self._compact(
            place,
            f"{COMPONENT}/Contents-{architecture}",
            f"contents {contents.FORMAT} {architecture}",
            lambda text, _: contents.compact(text, triplet(architecture)),
        )
        return ContentsIndex(compact)

    def _packages(self, place: Place, architecture: str) -> PackageIndex:
        compact = self._compact(
            place,
            f"{COMPONENT}/binary-{architecture}/Packages",
            f"packages {packages.FORMAT}",
            lambda text, what: packages.compact(text, what=what),
        )
        return PackageIndex(compact, origin=place.archive)

    def _compact(
        self,
        place: Place,
        path: str,
        form: str,
        compact: Callable[[Iterator[bytes], str], bytes],
    ) -> bytes:
        """Return the index *path* of *place* in the compact form that *compact* gives it."""
        release = self._release(place)
        file = _chosen(release, path, place)
        what = f"the index `{file.path}` of `{place.suite}`"
        key = digest_of(f"{form} {file.digest}".encode())
        known = self._remembered(key)
        if known is not None:
            return known.read_bytes()
        # What was signed is what is unpacked, so a bomb would have to be Debian's own; but
        # its size is known where the index is listed unpacked too.
        unpacked = release.files.get(path)
        raw = self._fetch(place, release, file, what)
        content = compact(
            _unpacked(raw, file.path, unpacked.size if unpacked else None, what), what
        )
        self.cache.remember("archive", key, {"blob": self.cache.put(content)})
        return content

    def _release(self, place: Place) -> Release:
        keyring = self.mirrors.keyring or archive_keyring()
        key = digest_of(f"inrelease {place} {digest_of(keyring)}".encode())
        url = f"{self.mirrors.root(place.archive)}/dists/{place.suite}/InRelease"
        offline = self.transport.offline and is_remote(url)
        if offline:
            known = self._remembered(key)
            if known is None:
                raise FetchError(
                    f"the InRelease file of `{place.suite}` is not in the cache, "
                    "and `--offline` forbids to fetch it",
                    hint="lock once without `--offline`, or keep `boxwright.lock` with the project",
                )
            content = known.read_bytes()
        else:
            content = self._read_release(url, place)
        release = read_release(
            content,
            keyring,
            suite=place.suite,
            now=datetime.now(UTC),
            # Who works offline cannot have a newer one, and was given this one in its time.
            check_valid_until=self.check_valid_until and not offline,
        )
        if not offline:
            self.cache.remember("archive", key, {"blob": self.cache.put(content)})
        return release

    def _read_release(self, url: str, place: Place) -> bytes:
        what = f"the InRelease file of `{place.suite}`"
        try:
            return self.transport.read(
                url, limit=_LARGEST_RELEASE, what=what, proxy=self.mirrors.proxy_for(url)
            )
        except NotFoundError as error:
            raise FetchError(
                error.message,
                hint="the mirror must have the suite, its updates and its security updates: "
                "set `debian.mirror` and `debian.security-mirror` to mirrors that have them",
            ) from error

    def _fetch(self, place: Place, release: Release, file: IndexFile, what: str) -> Path:
        root = f"{self.mirrors.root(place.archive)}/dists/{place.suite}"
        folder, _, _ = file.path.rpartition("/")
        by_hash = f"{root}/{folder}/by-hash/SHA256/{file.digest.partition(':')[2]}"
        plain = f"{root}/{file.path}"

        def download(url: str) -> Path:
            return self.transport.download(
                url,
                digest=file.digest,
                size=file.size,
                cache=self.cache,
                what=what,
                progress=self.progress,
                proxy=self.mirrors.proxy_for(url),
            )

        if not release.by_hash:
            return download(plain)
        try:
            return download(by_hash)
        except NotFoundError:
            # Copies of a part of an archive often leave the by-hash folders out.
            return download(plain)

    def _remembered(self, key: Digest) -> Path | None:
        record = self.cache.recall("archive", key)
        try:
            return self.cache.find(parse_digest(record["blob"])) if record else None
        except (KeyError, TypeError, ValueError):
            return None


def _chosen(release: Release, path: str, place: Place) -> IndexFile:
    """Return the index *path* in the best packing that there is."""
    for packing in (".xz", ".gz", ""):
        if file := release.files.get(path + packing):
            return file
    raise LockError(
        f"the suite `{place.suite}` has no index `{path}`",
        hint="the archive does not serve this architecture; choose another platform or mirror",
    )


def _unpacked(raw: Path, name: str, size: int | None, what: str) -> Iterator[bytes]:
    try:
        for piece in _pieces(raw, name):
            if size is not None:
                size -= len(piece)
                if size < 0:
                    raise ArchiveError(f"{what} is larger than InRelease says")
            yield piece
    except (lzma.LZMAError, zlib.error, EOFError) as error:
        raise ArchiveError(f"{what} cannot be unpacked: {error}") from error


def _pieces(raw: Path, name: str) -> Iterator[bytes]:
    if name.endswith(".xz"):
        with lzma.open(raw) as file:
            while piece := file.read(_PIECE):
                yield piece
        return
    inflate = zlib.decompressobj(31) if name.endswith(".gz") else None
    with raw.open("rb") as packed:
        while piece := packed.read(_PIECE):
            while piece and inflate:
                yield inflate.decompress(piece, _PIECE)
                piece = inflate.unconsumed_tail
            if not inflate:
                yield piece
