"""Reading from a repository of a registry (OCI distribution specification, "Pull")."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from boxwright.errors import DigestMismatchError, FetchError, StoreError
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.document import LIMIT, Node, parse_document
from boxwright.oci.manifest import Index
from boxwright.oci.platform import Platform
from boxwright.oci.reference import Reference
from boxwright.store.cache import BlobWriter, Cache
from boxwright.store.registry.addresses import check_address
from boxwright.store.registry.auth import Access, speaks_plain_http
from boxwright.store.stored import (
    Referrer,
    image_of,
    referrers_in,
    referrers_listed,
    whole_of,
)
from boxwright.store.transport import NotFoundError, RefusedError, Transport
from boxwright.store.verified import KnownBlob, StoredBlob, read_whole, verifying

if TYPE_CHECKING:
    from typing_extensions import Buffer

_HOSTS = {"docker.io": "registry-1.docker.io"}
"""Registries that are served by another host than the one in their images' names."""
_DOCUMENTS = media_type.INDEXES | media_type.MANIFESTS
ACCEPTED = ", ".join(sorted(_DOCUMENTS))
_PIECE = 1 << 20
_MOST_REFUSALS = 2
"""How often access is asked for without a byte in between."""


class Repository:
    """
    The repository of *reference*, as its registry serves it.

    Plain HTTP is spoken with this machine and with whom the user has named, and elsewhere
    only where *plain_http* says so. Everything that is read is checked against the digest that
    named it. May be used from several threads; what goes wrong is a StoreError that shows no
    credentials.
    """

    actions = "pull"
    """What access is asked for."""

    def __init__(
        self, reference: Reference, transport: Transport, *, plain_http: bool = False
    ) -> None:
        self.reference = reference
        self._transport = transport
        self._access = Access(reference, transport, self.actions)
        self._url = address_of(reference, transport, plain_http=plain_http)

    def read(self, platform: Platform | None = None) -> Image:
        """
        Return the image of the reference, for *platform* or as `stored.read_image` chooses.

        Its manifest and configuration are read, its layers when they are opened.
        """
        top = self._top()
        place = f"`{self.reference.familiar}`"
        return image_of(top.descriptor, self._finder(top), platform=platform, place=place)

    def read_whole(self) -> Image | ImageIndex:
        """Return what the reference stands for, with the images for all platforms."""
        top = self._top()
        place = f"`{self.reference.familiar}`"
        return whole_of(top.descriptor, self._finder(top), place=place)

    def read_referrers(self, digest: Digest) -> tuple[Referrer, ...]:
        """Return what the registry has to tell of the image *digest* of this repository."""
        found: dict[Digest, Referrer] = {}
        top = None
        # Whoever asks for one digest may have named the repository by a tag that is not there.
        with contextlib.suppress(AbsentError):
            top = self._top()
        find = self._finder(top)
        if top is not None and top.descriptor.media_type in media_type.INDEXES:
            index = Index.from_dict(parse_document(top.content, top.place))
            for referrer in referrers_in(index, find, digest):
                found[referrer.descriptor.digest] = referrer
        for referrer in referrers_listed(self._listed_referrers(digest), find):
            found.setdefault(referrer.descriptor.digest, referrer)
        return tuple(found.values())

    def manifest(self, name: str) -> KnownBlob:
        """Return the manifest or index that *name*, a tag or a digest, stands for."""
        place = f"the manifest `{name}` of `{self._name}`"
        content = self._document(f"manifests/{name}", place)
        digest = digest_of(content)
        if name.startswith("sha256:") and digest != name:
            raise DigestMismatchError(wanted=name, got=digest, what=place)
        kind = _kind(parse_document(content, place))
        return KnownBlob(
            Descriptor(media_type=kind, digest=digest, size=len(content)), content, place
        )

    def pieces(self, descriptor: Descriptor, place: str) -> Iterator[bytes]:
        """Yield the content of the blob *descriptor*, unchecked; StoreError where there is none."""
        done = refusals = 0
        while True:
            sent = self._access.headers
            try:
                for piece in self._transport.stream(
                    f"{self._url}/blobs/{descriptor.digest}",
                    size=descriptor.size,
                    what=place,
                    start=done,
                    headers=sent,
                    guard=self._guard,
                ):
                    done += len(piece)
                    refusals = 0
                    yield piece
            except RefusedError as refused:
                # A token that was good for the beginning may be too old for the rest.
                refusals += 1
                self._renew(refused, sent, refusals)
            except FetchError as error:
                raise self._failed(error, place) from error
            else:
                return

    def has_blob(self, descriptor: Descriptor) -> bool:
        """Return whether the repository has the blob *descriptor*, as far as its registry says."""
        place = f"the blob {descriptor.digest} of `{self._name}`"
        refusals = 0
        while True:
            sent = self._access.headers
            try:
                found = self._transport.headers(
                    f"{self._url}/blobs/{descriptor.digest}",
                    what=place,
                    headers=sent,
                    guard=self._guard,
                )
            except NotFoundError:
                return False
            except RefusedError as refused:
                refusals += 1
                self._renew(refused, sent, refusals)
            except FetchError as error:
                raise self._failed(error, place) from error
            else:
                return found.get("content-length", str(descriptor.size)) == str(descriptor.size)

    @property
    def _name(self) -> str:
        return f"{self.reference.registry}/{self.reference.repository}"

    def _top(self) -> KnownBlob:
        return self.manifest(str(self.reference.digest or self.reference.tag))

    def _finder(self, top: KnownBlob | None) -> Callable[[Descriptor], StoredBlob]:
        def find(descriptor: Descriptor) -> StoredBlob:
            if top is not None and descriptor.digest == top.descriptor.digest:
                return top
            if descriptor.media_type in _DOCUMENTS:
                if descriptor.size > LIMIT:
                    raise StoreError(
                        f"the manifest {descriptor.digest} of `{self._name}` has"
                        f" {descriptor.size} bytes, more than the {LIMIT} that a document may have",
                        hint="the image is made to do harm",
                    )
                found = self.manifest(descriptor.digest)
                return KnownBlob(descriptor, found.content, found.place)
            return RegistryBlob(descriptor, self)

        return find

    def _listed_referrers(self, digest: Digest) -> Index:
        """Return the answer of the referrers API, or what stands under its fallback tag."""
        for path in (f"referrers/{digest}", f"manifests/{digest.replace(':', '-')}"):
            place = f"the referrers of {digest} in `{self._name}`"
            try:
                return Index.from_dict(parse_document(self._document(path, place), place))
            except StoreError:
                # Registries without that API answer in many ways.
                continue
        return Index()

    def _document(self, path: str, place: str) -> bytes:
        refusals = 0
        while True:
            sent = self._access.headers
            try:
                return self._transport.read(
                    f"{self._url}/{path}",
                    limit=LIMIT,
                    what=place,
                    headers={"Accept": ACCEPTED, **sent},
                    guard=self._guard,
                )
            except RefusedError as refused:
                refusals += 1
                self._renew(refused, sent, refusals)
            except FetchError as error:
                raise self._failed(error, place) from error

    def _guard(self, target: str) -> None:
        check_address(target, self._url)

    def _renew(self, refused: RefusedError, sent: Mapping[str, str], refusals: int) -> None:
        if refusals > _MOST_REFUSALS:
            raise self._access.no_access(refused)
        self._access.renew(refused, sent)

    def _failed(self, error: FetchError, place: str) -> StoreError:
        if isinstance(error, NotFoundError):
            return AbsentError(
                f"{place} is not in the registry", hint="check the image's name and tag"
            )
        # Most of what the transport fetches is of indexes and mirrors, and its hints say so.
        hint = "check the image's name" if "index" in error.hint else error.hint
        return StoreError(error.message, hint=hint)


def address_of(reference: Reference, transport: Transport, *, plain_http: bool = False) -> str:
    """Return where the repository of *reference* is served: `https://host/v2/team/api`."""
    host = _HOSTS.get(reference.registry, reference.registry)
    scheme = "http" if plain_http or speaks_plain_http(host, transport) else "https"
    return f"{scheme}://{host}/v2/{reference.repository}"


class AbsentError(StoreError):
    """The registry has no such manifest or blob."""


@dataclass(frozen=True, slots=True)
class RegistryBlob:
    """
    A blob of a registry, which is checked as it is read.

    It is fetched each time, or once where there is a *cache* that keeps it.
    """

    descriptor: Descriptor
    repository: Repository
    cache: Cache | None = None

    @property
    def place(self) -> str:
        """What errors call it."""
        return f"the blob {self.descriptor.digest} of `{self.repository.reference.familiar}`"

    def open(self) -> IO[bytes]:
        """Open the content for reading; StoreError here where the registry does not give it."""
        descriptor, cache = self.descriptor, self.cache
        if cache is not None and cache.size_of(descriptor.digest) == descriptor.size:
            return cache.blob_path(descriptor.digest).open("rb")
        source = _Arriving(self.repository.pieces(descriptor, self.place))
        arriving = verifying(source, descriptor, self.place)
        if cache is None:
            return arriving
        return io.BufferedReader(_Kept(arriving, descriptor.digest, cache), _PIECE)

    def read(self) -> bytes:
        """Return the content of a document; StoreError where it is too large for one."""
        return read_whole(self)


class _Arriving(io.RawIOBase):
    """Pieces as a file, the first of which has arrived."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = next(pieces, b"")
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        if self._at == len(self._held):
            self._held, self._at = next(self._pieces, b""), 0
        view = memoryview(buffer)
        piece = self._held[self._at : self._at + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            close = getattr(self._pieces, "close", None)
            if close:
                close()
        super().close()


class _Kept(io.RawIOBase):
    """What checks itself at its end, kept in a cache when that is reached."""

    def __init__(self, source: IO[bytes], digest: Digest, cache: Cache) -> None:
        super().__init__()
        self._source = source
        self._digest = digest
        self._stack = contextlib.ExitStack()
        self._writer: BlobWriter | None = None
        # Whoever reads gets the content although there is no room to keep it.
        with contextlib.suppress(StoreError):
            self._writer = self._stack.enter_context(cache.writer())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        piece = self._source.read(len(view))
        view[: len(piece)] = piece
        if self._writer is not None:
            try:
                if piece:
                    self._writer.write(piece)
                else:
                    self._writer.commit(self._digest)
                    self._give_up()
            except StoreError:
                self._give_up()
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._give_up()
            self._source.close()
        super().close()

    def _give_up(self) -> None:
        self._writer = None
        self._stack.close()


def _kind(document: Node) -> str:
    """Return the media type of *document*, a manifest or an index, which need not name it."""
    named = document.get("mediaType")
    if named is not None:
        return named.text()
    return media_type.INDEX if document.get("manifests") else media_type.MANIFEST
