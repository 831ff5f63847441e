"""
OSV's service: which records name a package, and the records.

`POST /v1/querybatch` gives the ids of the records that have a version of a package, page by
page, and `GET /v1/vulns/<id>` each record (https://google.github.io/osv.dev/api/). Records
are kept by id and time of change, so that only what is new is fetched. What cannot be asked
is an error: an answer that is missing is never taken for none.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from boxwright.errors import FetchError
from boxwright.oci.digest import digest_of
from boxwright.scan.advisories.ecosystem import MATCHED, Target, base_of, normal_name, release_of
from boxwright.scan.advisories.evaluate import normalised
from boxwright.scan.advisories.record import LONGEST, Record, head_of, parse_record
from boxwright.scan.advisories.source import Row
from boxwright.scan.versions.ordering import ordering_of
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.store.transport import Transport

DEFAULT_URL = "https://api.osv.dev"

_BATCH = 1000
"""Questions that the service takes at once."""
_ANSWER = 64 << 20
_MOST_PAGES = 200
_MOST_RECORDS = 100_000
_AT_ONCE = 8
_HINT = "check the address of the service, or use a database: `boxwright advisories update`"


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    modified: str = ""


class _Result(msgspec.Struct, frozen=True):
    vulns: tuple[_Vulnerability, ...] | None = None
    next_page_token: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    results: tuple[_Result | None, ...] | None = None


class _Question(NamedTuple):
    ecosystem: str
    name: str
    version: str


class Online:
    """The service at *url*, asked through *transport*; records are kept in *cache*."""

    def __init__(self, *, transport: Transport, cache: Cache, url: str = DEFAULT_URL) -> None:
        self._transport = transport
        self._cache = cache
        self._url = url.rstrip("/")
        self._newest: dict[str, str] = {}

    def why_not(self, ecosystem: str, release: str) -> str:  # noqa: ARG002 (the service knows)
        """Return why packages of *ecosystem* cannot be looked up; empty if they can."""
        return "" if ecosystem in MATCHED else f"the service is not asked for `{ecosystem}`"

    def rows(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Row]]:
        """Yield the entries that name *targets*, of records that the service finds for them."""
        questions: dict[_Question, list[Target]] = {}
        for target in targets:
            questions.setdefault(_question(target), []).append(target)
        found = self._ask(list(questions))
        wanted = {each.id: each.modified for vulns in found.values() for each in vulns}
        if len(wanted) > _MOST_RECORDS:
            raise FetchError(f"the service names more than {_MOST_RECORDS} records", hint=_HINT)
        records = self._records(wanted)
        for question, vulnerabilities in found.items():
            for vulnerability in vulnerabilities:
                record = records[vulnerability.id]
                for target in questions[question]:
                    self._newest[target.base] = max(
                        self._newest.get(target.base, ""), record.modified
                    )
                    yield from ((target, row) for row in _rows_for(target, record))

    def dates(self) -> tuple[tuple[str, str], ...]:
        """Return the ecosystems of which there were records, each with the newest of them."""
        return tuple(sorted(self._newest.items()))

    def _ask(self, questions: list[_Question]) -> dict[_Question, list[_Vulnerability]]:
        found: dict[_Question, list[_Vulnerability]] = {question: [] for question in questions}
        waiting = [(question, "") for question in questions]
        for _ in range(_MOST_PAGES * (len(questions) // _BATCH + 1)):
            if not waiting:
                return found
            batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
            for (question, _), result in zip(batch, self._batch(batch), strict=True):
                if result is None:
                    continue
                found[question] += result.vulns or ()
                if result.next_page_token:
                    waiting.append((question, result.next_page_token))
        raise FetchError(f"the service at `{self._shown}` has pages without end", hint=_HINT)

    def _batch(self, batch: list[tuple[_Question, str]]) -> tuple[_Result | None, ...]:
        queries = []
        for (ecosystem, name, version), token in batch:
            query: dict[str, Any] = {
                "package": {"ecosystem": ecosystem, "name": name},
                "version": version,
            }
            queries.append({**query, "page_token": token} if token else query)
        content = self._transport.read(
            f"{self._url}/v1/querybatch",
            limit=_ANSWER,
            what="the answer of the advisory service",
            headers={"Content-Type": "application/json"},
            body=msgspec.json.encode({"queries": queries}),
        )
        answer = self._understood(content, _decoded_answer)
        results = answer.results or ()
        if len(results) != len(batch):
            raise FetchError(
                f"the service at `{self._shown}` gives {len(results)} answers"
                f" to {len(batch)} questions",
                hint=_HINT,
            )
        return results

    def _records(self, wanted: dict[str, str]) -> dict[str, Record]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            futures = {
                name: pool.submit(self._record, name, modified) for name, modified in wanted.items()
            }
            try:
                return {name: future.result() for name, future in futures.items()}
            finally:
                pool.shutdown(cancel_futures=True)

    def _record(self, name: str, modified: str) -> Record:
        key = digest_of(f"{self._url} {name} {modified}".encode())
        remembered = self._cache.recall("osv", key) if modified else None
        if remembered is not None:
            try:
                return msgspec.convert(remembered, Record)
            except msgspec.ValidationError:
                # It was written by another version of us.
                remembered = None
        content = self._transport.read(
            f"{self._url}/v1/vulns/{urllib.parse.quote(name, safe='')}",
            limit=LONGEST,
            what=f"the advisory `{name[:100]}`",
        )
        record = self._understood(content, parse_record)
        kept = msgspec.structs.replace(head_of(record), affected=record.affected)
        if modified:
            self._cache.remember("osv", key, msgspec.to_builtins(kept))
        return kept

    def _understood(self, content: bytes, parse: Callable[[bytes], _Parsed]) -> _Parsed:
        try:
            return parse(content)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise FetchError(
                f"the service at `{self._shown}` does not answer as OSV's does: {error}",
                hint=_HINT,
            ) from error

    @property
    def _shown(self) -> str:
        from boxwright.store.transport import redact

        return redact(self._url)


_Parsed = TypeVar("_Parsed")


def _decoded_answer(content: bytes) -> _Answer:
    return msgspec.json.decode(content, type=_Answer)


def _question(target: Target) -> _Question:
    ordering = ordering_of(target.base)
    version = ordering.public(target.version) if ordering else target.version
    return _Question(target.ecosystem, normal_name(target.base, target.name), version)


def _rows_for(target: Target, record: Record) -> Iterator[Row]:
    """Yield the entries of *record* for the package of *target*, as a database would find them."""
    if record.withdrawn:
        return
    name = normal_name(target.base, target.name)
    for affected in record.affected or ():
        package = affected.package
        if package is None or base_of(package.ecosystem) != target.base:
            continue
        if normal_name(target.base, package.name) != name:
            continue
        if release_of(package.ecosystem) in ("", target.release):
            yield Row(
                msgspec.structs.replace(record, affected=None), normalised(affected, target.base)
            )
