"""Fetching the exports of OSV, or of a mirror of them, where they are newer than what is here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import BoxwrightError, DigestMismatchError, FetchError
from boxwright.oci.digest import Digest, digest_of
from boxwright.progress import Progress
from boxwright.scan.advisories.compile import Compiled, compile_exports
from boxwright.scan.advisories.database import Database, Kept
from boxwright.scan.advisories.export import Export
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.store.transport import Transport

DEFAULT_URL = "https://storage.googleapis.com/osv-vulnerabilities"
"""Where OSV puts its exports: `<ecosystem>/all.zip` below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What became of an update."""

    kept: tuple[Kept, ...]
    """Ecosystems that are new or replaced."""
    unchanged: tuple[str, ...]
    """Ecosystems of which there is nothing newer."""
    failed: tuple[tuple[str, BoxwrightError], ...]
    """Ecosystems that could not be had; what was here of them still is."""
    problems: tuple[str, ...]
    """Records that could not be read, in clauses."""


def update(
    ecosystems: Sequence[str],
    *,
    url: str,
    transport: Transport,
    cache: Cache,
    progress: Progress,
    now: datetime,
) -> Updated:
    """
    Bring the advisories of *ecosystems* up to date, from `<ecosystem>/all.zip` below *url*.

    *url* may be a folder. Where the server's validator (its ETag) is that of the last time,
    nothing is fetched. A size or an MD5 that the server tells is checked.
    """
    kept: list[Kept] = []
    unchanged: list[str] = []
    failed: list[tuple[str, BoxwrightError]] = []
    problems: list[str] = []
    for ecosystem in dict.fromkeys(ecosystems):
        try:
            compiled = _update_one(ecosystem, url, transport, cache, progress, now)
        except BoxwrightError as error:
            failed.append((ecosystem, error))
            continue
        kept += compiled.kept
        unchanged += compiled.unchanged
        problems += compiled.problems
    return Updated(
        kept=tuple(kept),
        unchanged=tuple(unchanged),
        failed=tuple(failed),
        problems=tuple(problems),
    )


def _update_one(
    ecosystem: str,
    base: str,
    transport: Transport,
    cache: Cache,
    progress: Progress,
    now: datetime,
) -> Compiled:
    from boxwright.store.transport import is_remote, local_path

    url = f"{base.rstrip('/')}/{urllib.parse.quote(ecosystem)}/all.zip"
    if not is_remote(base):
        path = local_path(base) / ecosystem / "all.zip"
        if not path.is_file():
            raise FetchError(
                f"there are no advisories of `{ecosystem}` at `{path}`",
                hint="name a folder that is laid out as OSV's exports: `<ecosystem>/all.zip`",
            )
        return _compiled(ecosystem, path, str(path), "", cache, progress, now)
    what = f"{ecosystem} advisories"
    headers = transport.headers(url, what=what)
    with Database(cache) as database:
        here = database.find(ecosystem)
    remembered = cache.recall("advisories", _key(ecosystem)) or {}
    known = {"url": url, "validator": _validator(headers), "sha256": here.digest if here else ""}
    if here and known["validator"] and all(remembered.get(key) == known[key] for key in known):
        _remember(ecosystem, known, cache, now)
        return Compiled(kept=(), unchanged=(ecosystem,))
    path = _downloaded(url, headers, what, transport, cache, progress)
    try:
        return _compiled(ecosystem, path, url, _validator(headers), cache, progress, now)
    finally:
        # What was made of it is all that is needed; of some ecosystems it is large.
        path.unlink(missing_ok=True)


def _downloaded(
    url: str,
    headers: Mapping[str, str],
    what: str,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> Path:
    length = headers.get("content-length", "")
    size = int(length) if length.isdigit() else 0
    path = transport.download(
        url, digest=None, size=size, cache=cache, what=what, progress=progress
    )
    wanted = _md5(headers.get("x-goog-hash", ""))
    if wanted:
        with path.open("rb") as file:
            got = hashlib.file_digest(file, _new_md5).hexdigest()
        if got != wanted:
            path.unlink(missing_ok=True)
            raise DigestMismatchError(wanted=f"md5:{wanted}", got=f"md5:{got}", what=what)
    return path


def _compiled(
    ecosystem: str,
    path: Path,
    source: str,
    validator: str,
    cache: Cache,
    progress: Progress,
    now: datetime,
) -> Compiled:
    export = Export(path, ecosystem, is_zip=True)
    compiled = compile_exports([export], source=source, cache=cache, progress=progress)
    with Database(cache) as database:
        here = database.find(ecosystem)
    known = {"url": source, "validator": validator, "sha256": here.digest if here else ""}
    _remember(ecosystem, known, cache, now)
    with Database(cache) as database:
        kept = tuple(filter(None, (database.find(each.ecosystem) for each in compiled.kept)))
    return Compiled(
        kept=kept,
        unchanged=compiled.unchanged,
        problems=compiled.problems,
        unread=compiled.unread,
        others=compiled.others,
    )


def _key(ecosystem: str) -> Digest:
    return digest_of(ecosystem.encode())


def _remember(ecosystem: str, known: dict[str, str], cache: Cache, now: datetime) -> None:
    from boxwright.store.transport import is_remote

    # That a folder was read says nothing of how old is what somebody put there.
    checked = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if is_remote(known["url"]) else ""
    cache.remember("advisories", _key(ecosystem), {**known, "checked": checked})


def _validator(headers: Mapping[str, str]) -> str:
    if tag := headers.get("etag"):
        return tag
    if changed := headers.get("last-modified"):
        return f"{changed}, {headers.get('content-length', '')}"
    return ""


def _md5(hashes: str) -> str:
    """
    Return the MD5 that Google's storage tells in `x-goog-hash`, in hexadecimal; empty for none.

    >>> _md5("crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg==")
    'd41d8cd98f00b204e9800998ecf8427e'
    """
    for part in hashes.split(","):
        name, _, value = part.strip().partition("=")
        if name == "md5":
            try:
                return base64.b64decode(value, validate=True).hex()
            except (ValueError, binascii.Error):
                return ""
    return ""


def _new_md5() -> hashlib._Hash:
    # Against damage on the way; against forgery there is TLS.
    return hashlib.md5(usedforsecurity=False)
