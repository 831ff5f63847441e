"""
Looking into an image: its documents are checked, its layers are read once and remembered.

Several layers are read at a time, the largest first, each in a thread: inflating and hashing leave
Python to the others. A layer whose index the cache has by its diff_id is not read at all.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from boxwright.errors import BoxwrightError, StoreError
from boxwright.image.blob import Blob, BytesBlob
from boxwright.image.decompress import Readable
from boxwright.image.image import Image, Layer
from boxwright.oci.config import History, ImageConfig
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest
from boxwright.oci.platform import Platform
from boxwright.progress import Progress, Silent
from boxwright.scan import layer_cache
from boxwright.scan.inspected import Inspected, InspectedLayer, Step
from boxwright.scan.layer_index import LayerIndex
from boxwright.scan.layer_pass import Pass, index_layer
from boxwright.scan.lookers import make_lookers
from boxwright.store.cache import Cache
from boxwright.store.saved_stream import SavedStream
from boxwright.store.stored import known_image
from boxwright.store.unreadable import UnreadableBlob
from boxwright.store.verified import VerifiedBlob

WORKERS = 2
"""How many layers are read at a time, which bounds the memory."""

_IMAGES = "images"
"""What is remembered of images that an engine has: their documents."""


def look(
    name: str | Image | SavedStream,
    *,
    cache: Cache | None,
    platform: Platform | None = None,
    environ: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    workers: int = WORKERS,
) -> Inspected:
    """
    Return what is in the image *name*, or in one that was opened already.

    What *cache* remembers of layers is not read again; without one all is read, and nothing
    kept. Raises BoxwrightError where there is no image or its documents are none; what is
    wrong with a layer is told beside it.
    """
    progress = progress or Silent()
    opened: Image | SavedStream
    if isinstance(name, str):
        from boxwright.store.open import open_image

        opened = open_image(
            name,
            platform=platform,
            environ=os.environ if environ is None else environ,
            progress=progress,
        )
    else:
        opened, name = name, name.name if isinstance(name, SavedStream) else str(name.digest)
    if isinstance(opened, SavedStream):
        image, read = _read_stream(opened, cache)
    else:
        image = opened
        read = _Layers(image.layers, cache, progress, workers).read()
    return _inspected(name, image, read)


_Read = tuple[LayerIndex | None, str]
"""What a layer holds, and what is wrong with it."""


def _inspected(name: str, image: Image, read: Sequence[_Read]) -> Inspected:
    config = ImageConfig.from_dict(parse_document(image.config.content, "the configuration"))
    history, steps, problems = _history(config.history, len(image.layers))
    return Inspected(
        name=name,
        image=image,
        config=config,
        history=history,
        layers=tuple(
            InspectedLayer(
                at=at,
                digest=layer.blob.descriptor.digest,
                media_type=layer.blob.descriptor.media_type,
                size=layer.blob.descriptor.size,
                diff_id=layer.diff_id,
                step=steps.get(at),
                index=index,
                problem=problem,
            )
            for at, (layer, (index, problem)) in enumerate(zip(image.layers, read, strict=True))
        ),
        problems=(*_document_problems(image), *problems),
    )


def _document_problems(image: Image) -> list[str]:
    """Return how manifest and configuration are not what they say."""
    problems = [
        *_blob_problems("the manifest", image.manifest),
        *_blob_problems("the configuration", image.config),
    ]
    try:
        manifest = Manifest.from_dict(parse_document(image.manifest.content, "the manifest"))
    except BoxwrightError as error:
        return [*problems, error.message]
    if manifest.config.digest != image.config.descriptor.digest:
        problems.append("the manifest names another configuration")
    return problems


def _blob_problems(what: str, blob: BytesBlob) -> list[str]:
    problems = []
    if (got := digest_of(blob.content)) != blob.descriptor.digest:
        problems.append(f"{what} has the digest {got}, not {blob.descriptor.digest}")
    if len(blob.content) != blob.descriptor.size:
        problems.append(f"{what} has {len(blob.content)} bytes, not {blob.descriptor.size}")
    return problems


def _history(
    history: Sequence[History], layers: int
) -> tuple[tuple[Step, ...], dict[int, int], list[str]]:
    """Return the steps, which step made which of so many *layers*, and what is odd about them."""
    making = [at for at, entry in enumerate(history) if not entry.empty_layer]
    problems = []
    if len(making) != layers:
        if history:
            problems.append(
                f"the history tells of {len(making)} layers, and there are {layers}:"
                " which step made which is not known"
            )
        making = []
    made = {step: layer for layer, step in enumerate(making)}
    steps = tuple(
        Step(
            created_by=entry.created_by,
            created=entry.created,
            comment=entry.comment,
            layer=made.get(at),
        )
        for at, entry in enumerate(history)
    )
    return steps, dict(enumerate(making)), problems


class _StoppedError(Exception):
    """Nobody waits for the layers any more."""


class _Layers:
    """Reads layers, several at a time."""

    def __init__(
        self, layers: Sequence[Layer], cache: Cache | None, progress: Progress, workers: int
    ) -> None:
        self._layers = layers
        self._cache = cache
        self._progress = progress
        self._workers = workers
        self._is_stopped = threading.Event()

    def read(self) -> list[_Read]:
        """Return what each layer holds, in their order."""
        # A layer may come twice; that of another blob with the same diff_id is read as well.
        first: dict[tuple[Digest, Digest], int] = {}
        same = [
            first.setdefault((layer.blob.descriptor.digest, layer.diff_id), at)
            for at, layer in enumerate(self._layers)
        ]
        found: dict[int, _Read] = {}
        for at in first.values():
            index = self._recalled(self._layers[at])
            if index is not None:
                blob = self._layers[at].blob
                found[at] = index, blob.reason if isinstance(blob, UnreadableBlob) else ""
        waiting = sorted(
            (at for at in first.values() if at not in found),
            key=lambda at: -self._layers[at].blob.descriptor.size,
        )
        if waiting:
            executor = ThreadPoolExecutor(self._workers, thread_name_prefix="look")
            try:
                futures = {at: executor.submit(self._read, at) for at in waiting}
                for at, future in futures.items():
                    found[at] = future.result()
            finally:
                self._is_stopped.set()
                executor.shutdown(cancel_futures=True)
        return [found[at] for at in same]

    def _recalled(self, layer: Layer) -> LayerIndex | None:
        return layer_cache.recall(self._cache, layer.diff_id) if self._cache else None

    def _read(self, at: int) -> _Read:
        layer = self._layers[at]
        task = f"layer {at + 1} of {len(self._layers)}"
        self._progress.start(task, layer.blob.descriptor.size)
        try:
            with _opened(layer.blob) as stream:
                done = index_layer(stream, make_lookers(), advance=self._advance(task))
        except BoxwrightError as error:
            return None, error.message
        except OSError as error:
            return None, f"it cannot be read: {error.strerror or error}"
        finally:
            self._progress.finish(task)
        return _judged(layer, done, self._cache)

    def _advance(self, task: str) -> Callable[[int], None]:
        def advance(amount: int) -> None:
            if self._is_stopped.is_set():
                raise _StoppedError
            self._progress.advance(task, amount)

        return advance


@contextlib.contextmanager
def _opened(blob: Blob) -> Iterator[Readable]:
    """Give what reads *blob*, which need not check itself: that is done by who reads it."""
    if not isinstance(blob, VerifiedBlob):
        with blob.open() as stream:
            yield stream
        return
    with blob.path.open("rb", buffering=0) as file:
        file.seek(blob.offset or 0)
        yield file if blob.offset is None else _Part(file, blob.descriptor.size)


class _Part:
    """The next *left* bytes of *file*."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int, /) -> bytes:
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece


def _read_stream(stream: SavedStream, cache: Cache | None) -> tuple[Image, list[_Read]]:
    """Return the image that streams by and what its layers hold; not read if *cache* has it all."""
    if cache is not None:
        known = _recalled_image(stream, cache)
        if known is not None:
            return known
    image, outcomes = stream.read(lambda content: index_layer(content, make_lookers()))
    read = [
        (None, outcome.message)
        if isinstance(outcome, StoreError)
        else _judged(layer, outcome, cache)
        for layer, outcome in zip(image.layers, outcomes, strict=True)
    ]
    if cache is not None and stream.image_id is not None:
        documents = {
            "manifest": image.manifest.content.decode(errors="replace"),
            "config": image.config.content.decode(errors="replace"),
        }
        with contextlib.suppress(StoreError):
            cache.remember(_IMAGES, stream.image_id, documents)
    return image, read


def _recalled_image(stream: SavedStream, cache: Cache) -> tuple[Image, list[_Read]] | None:
    """Return the image of *stream*, if all of it was read before."""
    if stream.image_id is None or stream.diff_ids is None:
        return None
    documents = cache.recall(_IMAGES, stream.image_id)
    if documents is None:
        return None
    read: list[_Read] = []
    for diff_id in stream.diff_ids:
        index = layer_cache.recall(cache, diff_id)
        if index is None:
            return None
        read.append((index, ""))
    try:
        image = known_image(
            str(documents.get("manifest")).encode(), str(documents.get("config")).encode()
        )
    except StoreError:
        return None
    same = [layer.diff_id for layer in image.layers] == list(stream.diff_ids)
    return (image, read) if same else None


def _judged(layer: Layer, done: Pass, cache: Cache | None) -> _Read:
    """Return what was read of *layer*, and how it differs; *cache* keeps it if it does not."""
    index, wanted = done.index, layer.blob.descriptor
    if done.problem:
        return (index if index.members or index.whiteouts else None), done.problem
    problems = []
    if done.digest != wanted.digest:
        problems.append(f"it has the digest {done.digest}, not {wanted.digest}")
    if done.size != wanted.size:
        problems.append(f"it has {done.size:,} bytes, not {wanted.size:,}")
    if index.diff_id != layer.diff_id:
        problems.append(f"it unpacks to {index.diff_id}, not {layer.diff_id}")
    if cache is not None and not problems:
        layer_cache.remember(cache, index)
    return index, "; ".join(problems)
