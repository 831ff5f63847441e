"""
How one blob gets into a registry (distribution-spec, "Pushing blobs").

One request by default: the blob is streamed to the address that the registry gives (POST, PUT).
Where a registry does not take that, all of it goes in one PATCH before; where something on the
way does not take that much at once, in several.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, NoReturn

from boxwright.errors import DigestMismatchError, FetchError, StoreError
from boxwright.image.blob import Blob
from boxwright.store.copy import reading_failed
from boxwright.store.registry.exchange import FAILURES, TRANSIENT, Exchange
from boxwright.store.registry.quirks import Quirks
from boxwright.store.registry.refusals import said
from boxwright.store.transport import CutError, Response, readable_size

_PIECE = 1 << 17
_PATIENCE = 300.0
"""Seconds that a registry may take to look through what it was sent."""
_RESUMPTIONS = 50
"""Setbacks altogether, for a registry that cuts every connection after a few bytes."""
_SMALLER = (90_000_000, 9_000_000, 900_000)
"""Bytes of a request to try, one after another, where more was refused (status 413)."""
_MISFITS = 3
"""How often a registry may refuse the place that it said to go on at."""
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")
_TAKES_NO_PUT = frozenset({405, 411, 415, 416, 422, 501})
"""How a whole blob in a PUT is refused by registries that want a PATCH before."""


@dataclass
class Ways:
    """How a registry takes blobs, as far as it has been found out; shared by all uploads."""

    patches: bool = False
    """It does not take a whole blob in a PUT."""
    chunk: int = 0
    """Bytes of a request that it takes; 0: any number."""


class StoppedError(StoreError):
    """The upload is not wanted any more, because another one failed."""


class _SetbackError(Exception):
    """The upload did not get through, and is tried again."""

    def __init__(
        self, error: StoreError, response: Response | None = None, *, anew: bool = False
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.response = response
        self.anew = anew
        """Whether what the registry has of it is of no use."""


class _TurnError(Exception):
    """The upload is begun again in another way."""


class Upload:
    """
    Sends the blob *blob*, called *what* in errors; `run` does it.

    *began* is told where progress starts (again), *advance* each number of bytes that is sent.
    What is read is checked: the last bytes of a blob that is another one are never sent.
    """

    def __init__(
        self,
        exchange: Exchange,
        blob: Blob,
        *,
        what: str,
        quirks: Quirks,
        ways: Ways,
        is_there: Callable[[], bool],
        began: Callable[[int], None],
        advance: Callable[[int], None],
        stop: threading.Event,
    ) -> None:
        self._exchange = exchange
        self._size = blob.descriptor.size
        self._digest = blob.descriptor.digest
        self._what = what
        self._quirks = quirks
        self._ways = ways
        self._is_there = is_there
        self._began = began
        self._advance = advance
        self._stop = stop
        self._source = _Source(blob, what)
        self._least = 0
        self._resumes = quirks.resumes
        """Whether it can still be taken up; not any more where that went wrong."""
        self._mismatches = self._misfits = 0
        self._refusals = 0
        self._since = 0.0
        self.sent = 0
        """Bytes that went over the wire."""

    def run(self, location: str = "") -> None:
        """Send all of it; *location* is where to, if the registry has said it."""
        self._since = time.monotonic()
        try:
            self._run(location or self._begin())
        finally:
            self._source.close()

    def _run(self, location: str) -> None:
        done = furthest = failures = setbacks = 0
        self._began(0)
        while True:
            if self._stop.is_set():
                raise StoppedError(f"{self._what} is not sent on")
            try:
                if done == self._size and (done or self._ways.patches):
                    self._finish(location)
                    return
                if done == 0 and self._goes_whole():
                    self._put_whole(location)
                    return
                location, done = self._patch(location, done)
                if done > furthest:
                    furthest, failures, self._refusals = done, 0, 0
                continue
            except _TurnError:
                location, done = self._begin(), 0
            except _SetbackError as setback:
                failures += 1
                setbacks += 1
                if failures >= FAILURES or setbacks > _RESUMPTIONS:
                    raise self._explained(setback.error) from setback
                self._exchange.wait(failures, setback.response)
                # What was sent whole may have been kept, although nobody said so.
                if self._source.at_end and self._is_there():
                    return
                known = None if setback.anew else self._where(location)
                if known:
                    location, done = known
                    if done > furthest:
                        furthest, failures = done, 0
                else:
                    location, done = self._begin(), 0
            self._began(done)

    def _goes_whole(self) -> bool:
        limit = self._ways.chunk
        return not self._ways.patches and (not limit or self._size <= limit)

    def _begin(self) -> str:
        """Return where the registry wants the blob to be sent."""
        answer = self._exchange.ask(
            "POST", f"{self._exchange.url}/blobs/uploads/", what=self._what, body=b""
        )
        self._since = time.monotonic()
        return self.location(answer)

    def location(self, answer: Response) -> str:
        """Return the address that *answer*, which begins an upload, gives."""
        where = answer.headers.get("location", "")
        if answer.status != 202 or not where:
            if answer.status < 400:
                raise StoreError(
                    f"{self._what}: `{self._exchange.place}` does not say where to send it"
                    f" (status {answer.status})",
                    hint="check the image's name: its registry may be at another address",
                )
            raise self._exchange.refused(answer, self._what)
        least = answer.headers.get("oci-chunk-min-length", "")
        self._least = int(least[:12]) if least.isascii() and least.isdigit() else 0
        return self._exchange.follow(where, f"{self._exchange.url}/blobs/uploads/")

    def _put_whole(self, location: str) -> None:
        self._source.check()
        answer = self._send("PUT", self._closing(location), 0, self._size)
        if answer.status == 413:
            raise self._smaller(self._size, answer)
        refused = answer.status in _TAKES_NO_PUT or (
            answer.status == 400 and said(answer).code in ("", "UNSUPPORTED", "BLOB_UPLOAD_INVALID")
        )
        if refused:
            self._ways.patches = True
            raise _TurnError
        self._closed(answer)

    def _finish(self, location: str) -> None:
        self._source.check()
        self._closed(self._send("PUT", self._closing(location), self._size, self._size))

    def _patch(self, location: str, done: int) -> tuple[str, int]:
        """Send what follows the first *done* bytes; return where to send the rest, and its start."""
        chunk = self._ways.chunk or (self._quirks.chunk if done else 0)
        end = min(self._size, done + max(chunk, self._least)) if chunk else self._size
        # With a range it is one chunk of several, and some registries have limits for these.
        span = (done, end - 1) if done or end < self._size else None
        answer = self._send("PATCH", location, done, end, span=span)
        if answer.status == 413 or (answer.status == 416 and not done):
            raise self._smaller(end - done, answer)
        if done and answer.status in (400, 405, 416, 501):
            # It may still have been taking in what came before the cut when it was asked.
            self._misfits += 1
            self._resumes = answer.status == 416 and self._misfits < _MISFITS
            raise _SetbackError(self._refused(answer), anew=not self._resumes)
        if answer.status not in (200, 201, 202, 204):
            self._raise_for(answer)
        where = answer.headers.get("location", "")
        target = self._exchange.follow(where, location) if where else location
        known = _RANGE.fullmatch(answer.headers.get("range", ""))
        # Amazon's stands still while all is well, so it is only believed where it may serve.
        there = int(known[1]) + 1 if known and self._quirks.resumes else end
        if there > end or there < done:
            raise _SetbackError(self._lost_count(), anew=True)
        if there <= done < end:
            raise _SetbackError(self._lost_count(), anew=True)
        return target, there

    def _where(self, location: str) -> tuple[str, int] | None:
        """Return how much the registry has, and where to send the rest; None to begin again."""
        if not self._resumes:
            return None
        answer = self._exchange.ask("GET", location, what=self._what)
        known = _RANGE.fullmatch(answer.headers.get("range", ""))
        if answer.status not in (200, 202, 204) or not known:
            return None
        there = int(known[1]) + 1
        # `0-0` is what registries say of one byte and of none.
        if there == 1 or there > self._size:
            return None
        where = answer.headers.get("location", "")
        return (self._exchange.follow(where, location) if where else location), there

    def _send(
        self, method: str, url: str, start: int, end: int, *, span: tuple[int, int] | None = None
    ) -> Response:
        headers = {"Content-Length": str(end - start), "Content-Type": "application/octet-stream"}
        if span:
            headers["Content-Range"] = f"{span[0]}-{span[1]}"
        target = url
        for _ in range(5):
            sent = self._exchange.access.headers
            try:
                answer = self._exchange.ask_once(
                    method,
                    target,
                    what=self._what,
                    headers=headers,
                    body=self._pieces(start, end),
                    sent=sent,
                    patience=_PATIENCE,
                )
            except CutError as error:
                raise _SetbackError(self._exchange.lost(self._what, error)) from error
            if answer.status == 401 and self._exchange.is_ours(target):
                # It was good enough to begin with, and has grown old.
                self._refusals += 1
                self._exchange.renew(self._exchange.access, answer, sent, self._refusals)
                raise _SetbackError(self._refused(answer))
            if answer.status not in (307, 308) or not answer.headers.get("location"):
                return answer
            target = self._exchange.follow(answer.headers["location"], target)
        raise StoreError(
            f"{self._what}: `{self._exchange.place}` sends on again and again",
            hint="check the image's name",
        )

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        for piece in self._source.pieces(start, end):
            if self._stop.is_set():
                raise StoppedError(f"{self._what} is not sent on")
            self.sent += len(piece)
            yield piece
            self._advance(len(piece))

    def _closing(self, location: str) -> str:
        """Return *location* as the address that ends the upload: it is the registry's, and kept."""
        return f"{location}{'&' if '?' in location else '?'}digest={self._digest}"

    def _closed(self, answer: Response) -> None:
        """Return if *answer* says that the registry has the blob."""
        if answer.status not in (200, 201, 204):
            self._raise_for(answer)
        kept = answer.headers.get("docker-content-digest", self._digest)
        if kept != self._digest:
            raise DigestMismatchError(
                wanted=self._digest, got=kept[:100], what=f"what the registry kept of {self._what}"
            )

    def _raise_for(self, answer: Response) -> NoReturn:
        """Raise what *answer*, which is not the one that was hoped for, makes of the upload."""
        error = self._refused(answer)
        if answer.status in TRANSIENT:
            raise _SetbackError(error, answer)
        if said(answer).code == "DIGEST_INVALID":
            # What we read was right, so it was changed on its way.
            self._mismatches += 1
            if self._mismatches < 3:
                raise _SetbackError(error, anew=True)
        elif answer.status in (404, 416) or said(answer).code == "BLOB_UPLOAD_UNKNOWN":
            raise _SetbackError(error, anew=True)
        raise error

    def _smaller(self, refused: int, answer: Response) -> Exception:
        """Return what to raise after a request with *refused* bytes was too large."""
        smaller = next((size for size in _SMALLER if size < refused), 0)
        if not (smaller and self._quirks.resumes) or self._least >= refused:
            return self._refused(answer)
        if not self._ways.chunk or smaller < self._ways.chunk:
            self._ways.chunk = smaller
        return _TurnError()

    def _refused(self, answer: Response) -> StoreError:
        return self._exchange.refused(answer, self._what)

    def _lost_count(self) -> StoreError:
        return StoreError(
            f"{self._what}: `{self._exchange.place}` loses count of what it was sent",
            hint="try again; the registry or a proxy before it is in trouble",
        )

    def _explained(self, error: StoreError) -> StoreError:
        """Return *error*, with the registry's limit of time if that is why."""
        minutes = self._quirks.minutes
        if not minutes or time.monotonic() - self._since < minutes * 60:
            return error
        return StoreError(
            error.message,
            hint=f"{self._quirks.name} ends an upload after {minutes} minutes, and"
            f" {readable_size(self._size)} took longer: give the image smaller layers, or push"
            " from a faster network",
        )


class _Source:
    """The content of a blob, from anywhere in it on, all of it checked on the way."""

    def __init__(self, blob: Blob, what: str) -> None:
        self._blob = blob
        self._what = what
        self._size = blob.descriptor.size
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether all of it has been given."""
        return self._at == self._size

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* to *end*; StoreError before the last ones of another blob."""
        if self._file is None or start < self._at:
            self.close()
            self._file = self._opened()
        while self._at < start:
            self._read(start)
        while self._at < end:
            yield self._read(end)

    def check(self) -> None:
        """Raise StoreError where the content, all of which was given, is another."""
        if not self._size:
            for _ in self.pieces(0, 0):
                pass
            self._check_end()

    def close(self) -> None:
        """Begin again, the next time."""
        if self._file is not None:
            self._file.close()
        self._file, self._hash, self._at = None, hashlib.sha256(), 0

    def _opened(self) -> IO[bytes]:
        try:
            return self._blob.open()
        except OSError as error:
            raise reading_failed(self._what, error) from error
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error

    def _read(self, end: int) -> bytes:
        piece = self._some(min(_PIECE, end - self._at))
        if not piece:
            raise StoreError(
                f"{self._what} has only {self._at} of the {self._size} bytes that its descriptor"
                " promises",
                hint="the copy is damaged; make it or fetch it again",
            )
        self._hash.update(piece)
        self._at += len(piece)
        if self._at == self._size:
            self._check_end()
        return piece

    def _check_end(self) -> None:
        # A blob that checks itself does so at its end, so the end has to be read.
        if self._some(1):
            raise StoreError(
                f"{self._what} has more than the {self._size} bytes that its descriptor promises",
                hint="the copy is damaged; make it or fetch it again",
            )
        got = f"sha256:{self._hash.hexdigest()}"
        if got != self._blob.descriptor.digest:
            raise DigestMismatchError(wanted=self._blob.descriptor.digest, got=got, what=self._what)

    def _some(self, count: int) -> bytes:
        if self._file is None:
            return b""
        try:
            return self._file.read(count)
        except OSError as error:
            raise reading_failed(self._what, error) from error
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error
