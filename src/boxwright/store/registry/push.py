"""Writing to a repository of a registry (OCI distribution specification, "Push")."""

from __future__ import annotations

import functools
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from boxwright.errors import DigestMismatchError, StoreError
from boxwright.image.blob import Blob, BytesBlob, bytes_blob
from boxwright.image.image import Image, Layer
from boxwright.image.index import ImageIndex
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, parse_digest
from boxwright.oci.document import LIMIT, parse_document
from boxwright.oci.manifest import Index
from boxwright.oci.reference import Reference
from boxwright.progress import Progress, Silent
from boxwright.store.layout import EMPTY, Attachment, make_referrer, referrer_entry
from boxwright.store.registry.auth import Access
from boxwright.store.registry.client import ACCEPTED, AbsentError, RegistryBlob, Repository
from boxwright.store.registry.exchange import Exchange
from boxwright.store.registry.quirks import quirks_of
from boxwright.store.registry.refusals import said
from boxwright.store.registry.upload import Upload, Ways
from boxwright.store.transport import Response, Transport, readable_size

AT_ONCE = 4
"""Blobs that are sent at the same time."""
_MOST_SOURCES = 4
"""Repositories that one blob is looked for in."""
_MOST_PAGES = 10_000
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')
_UNKNOWN_BLOB = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"})


class Outcome(StrEnum):
    """How a blob came to be in a repository."""

    PRESENT = "present"
    MOUNTED = "mounted"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What pushing took."""

    digest: Digest
    """Of the manifest or index."""
    sent: int
    """Bytes of blobs that went over the wire."""
    uploaded: int
    mounted: int
    present: int
    """How many blobs were sent, mounted from other repositories, and there before."""


class LostBlobError(StoreError):
    """The registry does not have a blob that it had."""


class WritableRepository(Repository):
    """
    The repository of *reference*, to be written to.

    Blobs and manifests are only added, and tags moved: nothing is ever deleted. What is there
    is not sent again. May be used from several threads; what goes wrong is a StoreError that
    shows no credentials.
    """

    actions = "pull,push"

    def __init__(
        self, reference: Reference, transport: Transport, *, plain_http: bool = False
    ) -> None:
        super().__init__(reference, transport, plain_http=plain_http)
        self._exchange = Exchange(self._url, self._name, self._access, transport)
        self._quirks = quirks_of(reference.registry)
        self._ways = Ways()
        self._there: set[Digest] = set()
        self._lock = threading.Lock()
        self._turns: dict[Digest, threading.Lock] = {}
        self._widened: dict[str, Access] = {}

    def has_blob(self, descriptor: Descriptor) -> bool:
        """Return whether the registry has the blob *descriptor* in this repository."""
        answer = self._exchange.ask(
            "HEAD",
            f"{self._url}/blobs/{descriptor.digest}",
            what=_called(descriptor),
        )
        if answer.status in (401, 403):
            raise self._exchange.refused(answer, _called(descriptor))
        size = answer.headers.get("content-length", "")
        return answer.status == 200 and size in ("", str(descriptor.size))

    def put_blob(
        self,
        blob: Blob,
        *,
        mount_from: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Outcome:
        """
        Have *blob* in this repository, and return how it came there.

        It is looked for first, here and then in the repositories *mount_from* of the same
        registry, and where it comes from. Raises StoreError where it is not what its
        descriptor says; then the registry does not keep it.
        """
        outcome, _ = self._put_blob(
            blob,
            name=_called(blob.descriptor),
            mount_from=mount_from,
            progress=progress or Silent(),
            stop=threading.Event(),
        )
        return outcome

    def put_manifest(self, blob: BytesBlob, *names: str) -> None:
        """
        Have the manifest or index *blob*, byte for byte, under *names*, tags and digests.

        Without any it is under its digest. What it names has to be there.
        """
        for name in names or (blob.descriptor.digest,):
            self._put_manifest(blob, name)

    def find_tag(self, tag: str) -> Descriptor | None:
        """Return what *tag* stands for now; None where there is no such tag."""
        place = f"the tag `{tag}` of `{self._name}`"
        answer = self._head_manifest(tag, place)
        if answer is None:
            return None
        headers = answer.headers
        size = headers.get("content-length", "")
        try:
            digest = parse_digest(headers.get("docker-content-digest", ""))
        except ValueError:
            digest = None
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if digest and size.isascii() and size.isdigit() and kind in _DOCUMENTS:
            return Descriptor(media_type=kind, digest=digest, size=int(size[:12]))
        try:
            return self.manifest(tag).descriptor
        except AbsentError:
            return None

    def tags(self) -> Iterator[str]:
        """Yield the tags of this repository, as the registry orders them."""
        place = f"the tags of `{self._name}`"
        url = f"{self._url}/tags/list?n=1000"
        asked: set[str] = set()
        while url and url not in asked and len(asked) < _MOST_PAGES:
            asked.add(url)
            answer = self._exchange.ask("GET", url, what=place, limit=LIMIT + 1)
            if answer.status == 404:
                return
            if answer.status != 200:
                raise self._exchange.refused(answer, place)
            listed = parse_document(answer.content, place).get("tags")
            for node in listed.items() if listed else ():
                if _TAG.fullmatch(node.text()):
                    yield node.text()
            following = _NEXT.search(answer.headers.get("link", ""))
            url = self._exchange.follow(following[1], url) if following else ""

    def push_image(
        self,
        image: Image,
        *tags: str,
        mount_from: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Pushed:
        """
        Have *image* in this repository, and *tags* stand for it, and return what that took.

        Layers come first, then the configuration, the manifest, and the tags: whoever reads a
        tag gets all of the image.
        """
        return self._push(image.manifest, (image,), (), tags, mount_from, progress or Silent())

    def push_index(
        self,
        index: ImageIndex,
        *tags: str,
        mount_from: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Pushed:
        """Have *index* and all its images in this repository, and *tags* stand for it."""
        return self._push(
            index.manifest, index.images, index.beside, tags, mount_from, progress or Silent()
        )

    def attach(self, subject: Descriptor, attachment: Attachment) -> Descriptor:
        """
        Have *attachment* tell of the manifest *subject* of this repository, or of its own.

        Returns the manifest that says so. Where the registry does not list such manifests by
        itself, it is added to what the tag `sha256-<hex>` lists (distribution-spec, "Referrers
        Tag Schema").
        """
        subject = attachment.subject or subject
        document, manifest = make_referrer(subject, attachment)
        for blob in (EMPTY, document):
            self.put_blob(blob)
        answer = self._put_manifest(manifest, manifest.descriptor.digest)
        if answer.headers.get("oci-subject") != subject.digest:
            with self._lock:
                self._list_referrer(subject.digest, referrer_entry(manifest, attachment))
        return manifest.descriptor

    def _push(
        self,
        top: BytesBlob,
        images: Sequence[Image],
        beside: Sequence[Blob],
        tags: Sequence[str],
        mount_from: Sequence[str],
        progress: Progress,
    ) -> Pushed:
        manifests = {image.digest: image.manifest for image in images}
        manifests |= {
            blob.descriptor.digest: blob for blob in beside if isinstance(blob, BytesBlob)
        }
        for manifest in (*manifests.values(), top):
            self._check_manifest(manifest)
        counts = _Counts()
        for attempt in (1, 2):
            try:
                self._put_blobs(images, beside, mount_from, progress, counts)
                for manifest in manifests.values():
                    self._have_manifest(manifest, manifest.descriptor.digest)
                self._have_manifest(top, top.descriptor.digest)
                for tag in tags:
                    self._have_manifest(top, tag)
                break
            except LostBlobError:
                # Registries that clean up, or of several parts, may lose sight of one.
                if attempt == 2:
                    raise
                self._there.clear()
        return Pushed(
            digest=top.descriptor.digest,
            sent=counts.sent,
            uploaded=counts.of[Outcome.SENT],
            mounted=counts.of[Outcome.MOUNTED],
            present=counts.of[Outcome.PRESENT],
        )

    def _put_blobs(
        self,
        images: Sequence[Image],
        beside: Sequence[Blob],
        mount_from: Sequence[str],
        progress: Progress,
        counts: _Counts,
    ) -> None:
        layers = {
            layer.blob.descriptor.digest: layer
            for image in images
            for layer in image.layers
            if layer.blob.descriptor.media_type not in media_type.FOREIGN
        }
        documents: dict[Digest, Blob] = {
            image.config.descriptor.digest: image.config for image in images
        }
        for blob in beside:
            if not isinstance(blob, BytesBlob):
                documents[blob.descriptor.digest] = blob
        for layer in layers.values():
            self._quirks.check(layer.blob.descriptor, _named(layer))
        stop = threading.Event()

        def put(blob: Blob, name: str) -> None:
            counts.add(
                *self._put_blob(
                    blob, name=name, mount_from=mount_from, progress=progress, stop=stop
                )
            )

        # The largest first: nobody waits for one that was begun last.
        ordered = sorted(layers.values(), key=lambda layer: -layer.blob.descriptor.size)
        tasks = [functools.partial(put, layer.blob, _named(layer)) for layer in ordered]
        _all_at_once(tasks, stop)
        for blob in documents.values():
            put(blob, _called(blob.descriptor))

    def _put_blob(
        self,
        blob: Blob,
        *,
        name: str,
        mount_from: Sequence[str],
        progress: Progress,
        stop: threading.Event,
    ) -> tuple[Outcome, int]:
        """Have *blob* here; return how, and how many bytes were sent."""
        descriptor = blob.descriptor
        self._quirks.check(descriptor, name)
        with self._lock:
            turn = self._turns.setdefault(descriptor.digest, threading.Lock())
        with turn:
            if descriptor.digest in self._there:
                return Outcome.PRESENT, 0
            outcome, sent = Outcome.PRESENT, 0
            # Of what is there nobody needs a line each.
            if not self.has_blob(descriptor):
                progress.start(name, descriptor.size)
                outcome, sent = self._bring(blob, name, mount_from, progress, stop)
                how = readable_size(descriptor.size) if outcome is Outcome.SENT else str(outcome)
                progress.finish(name, how)
            self._there.add(descriptor.digest)
            return outcome, sent

    def _bring(
        self,
        blob: Blob,
        name: str,
        mount_from: Sequence[str],
        progress: Progress,
        stop: threading.Event,
    ) -> tuple[Outcome, int]:
        """Mount *blob*, or else send it."""
        size = blob.descriptor.size

        def began(done: int) -> None:
            if upload.sent:
                progress.start(name, size)
            progress.advance(name, done)

        upload = Upload(
            self._exchange,
            blob,
            what=name,
            quirks=self._quirks,
            ways=self._ways,
            is_there=lambda: self.has_blob(blob.descriptor),
            began=began,
            advance=lambda amount: progress.advance(name, amount),
            stop=stop,
        )
        location = ""
        for source in self._sources(blob, mount_from):
            answer = self._mount(blob.descriptor, source)
            if answer.status == 201:
                return Outcome.MOUNTED, 0
            if answer.status == 202:
                location = upload.location(answer)
        upload.run(location)
        return Outcome.SENT, upload.sent

    def _sources(self, blob: Blob, mount_from: Sequence[str]) -> tuple[str, ...]:
        """Return the repositories of this registry that may have *blob*, the likeliest first."""
        found = dict.fromkeys(mount_from)
        if isinstance(blob, RegistryBlob):
            of = blob.repository.reference
            if of.registry == self.reference.registry:
                found = {of.repository: None, **found}
        found.pop(self.reference.repository, None)
        return tuple(found)[:_MOST_SOURCES]

    def _mount(self, descriptor: Descriptor, source: str) -> Response:
        """Ask the registry to have the blob here that it has in its repository *source*."""
        with self._lock:
            access = self._widened.setdefault(
                source,
                Access(self.reference, self._transport, self.actions, sources=(source,)),
            )
        query = urllib.parse.urlencode({"mount": descriptor.digest, "from": source}, safe=":/")
        try:
            return self._exchange.ask(
                "POST",
                f"{self._url}/blobs/uploads/?{query}",
                what=_called(descriptor),
                body=b"",
                access=access,
            )
        except StoreError:
            # Who may not read there can still send it; if that fails, too, it says why.
            return Response(status=403, headers={}, content=b"")

    def _have_manifest(self, blob: BytesBlob, name: str) -> None:
        """Put the manifest *blob* under *name*, unless it is there."""
        place = f"the manifest `{name}` of `{self._name}`"
        answer = self._head_manifest(name, place)
        if answer is None or answer.headers.get("docker-content-digest") != blob.descriptor.digest:
            self._put_manifest(blob, name)

    def _put_manifest(self, blob: BytesBlob, name: str) -> Response:
        self._check_manifest(blob)
        digest = blob.descriptor.digest
        what = f"the manifest `{name}`"
        answer = self._exchange.ask(
            "PUT",
            f"{self._url}/manifests/{name}",
            what=what,
            headers={"Content-Type": blob.descriptor.media_type},
            body=blob.content,
        )
        if answer.status not in (200, 201, 202):
            error = self._exchange.refused(answer, what)
            if said(answer).code in _UNKNOWN_BLOB:
                raise LostBlobError(error.message, hint=error.hint)
            raise error
        kept = answer.headers.get("docker-content-digest", digest)
        if kept != digest:
            raise DigestMismatchError(
                wanted=digest, got=kept[:100], what=f"what `{self._name}` kept of {what}"
            )
        return answer

    def _check_manifest(self, blob: BytesBlob) -> None:
        size = len(blob.content)
        if size > LIMIT:
            raise StoreError(
                f"the manifest {blob.descriptor.digest} has {size} bytes, and registries take"
                f" {LIMIT} at most",
                hint="give the image fewer layers and shorter annotations",
            )

    def _head_manifest(self, name: str, place: str) -> Response | None:
        """Return what the registry says of a manifest, None where it has none."""
        answer = self._exchange.ask(
            "HEAD", f"{self._url}/manifests/{name}", what=place, headers={"Accept": ACCEPTED}
        )
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self._exchange.refused(answer, place)
        return answer

    def _list_referrer(self, digest: Digest, entry: dict[str, Any]) -> None:
        """Add *entry* to what the fallback tag of the manifest *digest* lists."""
        tag = digest.replace(":", "-")
        # Somebody else may write the tag between our reading and our writing.
        for _ in range(3):
            listing = self._referrers_under(tag)
            listed = listing["manifests"]
            if any(other["digest"] == entry["digest"] for other in listed):
                return
            listed.append(entry)
            self._put_manifest(bytes_blob(media_type.INDEX, canonical_json(listing)), tag)
        raise StoreError(
            f"the tag `{tag}` of `{self._name}` does not keep what is listed there",
            hint="somebody else writes it at the same time: try again",
        )

    def _referrers_under(self, tag: str) -> dict[str, Any]:
        """Return the index under *tag* as it is, an empty one where there is none."""
        try:
            found = self.manifest(tag)
        except AbsentError:
            return {"schemaVersion": 2, "mediaType": media_type.INDEX, "manifests": []}
        document = parse_document(found.content, found.place)
        if found.descriptor.media_type not in media_type.INDEXES:
            raise StoreError(
                f"{found.place} is no index, where what tells of the image is listed",
                hint="the tag was given to something else: remove it in the registry",
            )
        Index.from_dict(document)
        listing: dict[str, Any] = document.value
        return listing


_DOCUMENTS = media_type.INDEXES | media_type.MANIFESTS


class _Counts:
    """What has been done, counted from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent = 0
        self.of = dict.fromkeys(Outcome, 0)

    def add(self, outcome: Outcome, sent: int) -> None:
        with self._lock:
            self.of[outcome] += 1
            self.sent += sent


def _all_at_once(tasks: Iterable[Callable[[], None]], stop: threading.Event) -> None:
    """Run *tasks*, several at a time; after the first that fails *stop* is set, and it is raised."""
    with ThreadPoolExecutor(AT_ONCE, "push") as pool:
        running = [pool.submit(task) for task in tasks]
        try:
            done, others = wait(running, return_when=FIRST_EXCEPTION)
        except BaseException:
            stop.set()
            raise
        if others:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    for future in done:
        future.result()


def _called(descriptor: Descriptor) -> str:
    return f"the blob {descriptor.digest}"


def _named(layer: Layer) -> str:
    """Return what the layer is called, for people: what made it, and which one it is."""
    made_by = " ".join(layer.created_by.split())
    short = layer.blob.descriptor.digest.removeprefix("sha256:")[:12]
    if not made_by:
        return f"layer {short}"
    return f"layer {made_by if len(made_by) <= 60 else f'{made_by[:59]}…'} ({short})"
