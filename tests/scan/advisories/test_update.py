"""Advisories are fetched from a bucket where they are newer, and only there."""

from __future__ import annotations

import base64
import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from boxwright.errors import DigestMismatchError, FetchError
from boxwright.progress import Silent
from boxwright.scan.advisories.database import Database
from boxwright.scan.advisories.update import Updated, update
from boxwright.store.cache import Cache
from boxwright.store.transport import NotFoundError, Transport

NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)


class Bucket:
    """A server that speaks as Google's storage does, over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, *, with_body: bool) -> None:
                bucket.asked.append(f"{self.command} {self.path}")
                path = bucket.folder / unquote(self.path).lstrip("/")
                content = path.read_bytes() if path.is_file() else None
                if content is None:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                md5 = hashlib.md5(content, usedforsecurity=False).digest()
                headers = {
                    "ETag": f'"{md5.hex()}"',
                    "x-goog-hash": f"crc32c=AAAAAA==,md5={base64.b64encode(md5).decode()}",
                    "Content-Length": str(len(content)),
                    **bucket.headers,
                }
                self.send_response(200)
                for name, value in headers.items():
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                if with_body:
                    self.wfile.write(content)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def bucket(export: Callable[..., Path]) -> Iterator[Bucket]:
    bucket = Bucket(export("Alpine", "Debian", "PyPI"))
    yield bucket
    bucket.http.shutdown()
    bucket.http.server_close()


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    return Transport(environ={"HOME": str(tmp_path)}, backoff=0.001, timeout=5)


def run(
    url: str, transport: Transport, cache: Cache, *ecosystems: str, now: datetime = NOW
) -> Updated:
    return update(ecosystems, url=url, transport=transport, cache=cache, progress=Silent(), now=now)


def test_what_is_not_here_is_fetched(bucket: Bucket, transport: Transport, cache: Cache) -> None:
    updated = run(f"{bucket.url}/", transport, cache, "PyPI", "Debian")

    assert [(kept.ecosystem, kept.records) for kept in updated.kept] == [("PyPI", 4), ("Debian", 6)]
    assert [kept.source for kept in updated.kept] == [
        f"{bucket.url}/PyPI/all.zip",
        f"{bucket.url}/Debian/all.zip",
    ]
    assert updated.kept[0].confirmed == "2025-12-01T12:00:00Z"
    assert updated.failed == ()
    assert not list((cache.root / "blobs" / "sha256").iterdir())


def test_what_is_the_newest_is_not_fetched_again(
    bucket: Bucket, transport: Transport, cache: Cache
) -> None:
    run(bucket.url, transport, cache, "PyPI")
    bucket.asked.clear()

    later = NOW + timedelta(days=30)
    updated = run(bucket.url, transport, cache, "PyPI", now=later)

    assert updated.unchanged == ("PyPI",)
    assert bucket.asked == ["HEAD /PyPI/all.zip"]
    with Database(cache) as database:
        [kept] = database.kept()
    assert kept.confirmed == "2025-12-31T12:00:00Z"
    assert kept.age(later) == 0


def test_what_changed_is_fetched(bucket: Bucket, transport: Transport, cache: Cache) -> None:
    run(bucket.url, transport, cache, "PyPI")
    path = bucket.folder / "PyPI" / "all.zip"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "N-1.json",
            '{"id": "N-1", "modified": "2025-11-30T00:00:00Z", "affected":'
            ' [{"package": {"ecosystem": "PyPI", "name": "n"}, "versions": ["1"]}]}',
        )

    updated = run(bucket.url, transport, cache, "PyPI")

    assert [(kept.records, kept.newest) for kept in updated.kept] == [(5, "2025-11-30T00:00:00Z")]


def test_the_same_bytes_without_a_validator_are_told_as_such(
    bucket: Bucket, transport: Transport, cache: Cache
) -> None:
    bucket.headers = {"ETag": "", "x-goog-hash": ""}
    run(bucket.url, transport, cache, "PyPI")

    assert run(bucket.url, transport, cache, "PyPI").unchanged == ("PyPI",)
    assert bucket.asked.count("GET /PyPI/all.zip") == 2


def test_another_md5_than_promised_is_refused(
    bucket: Bucket, transport: Transport, cache: Cache
) -> None:
    run(bucket.url, transport, cache, "PyPI")
    wrong = base64.b64encode(bytes(16)).decode()
    bucket.headers = {"ETag": '"other"', "x-goog-hash": f"md5={wrong}"}

    updated = run(bucket.url, transport, cache, "PyPI", "Debian")

    assert [(name, type(error)) for name, error in updated.failed] == [
        ("PyPI", DigestMismatchError),
        ("Debian", DigestMismatchError),
    ]
    assert not list((cache.root / "blobs" / "sha256").iterdir())
    with Database(cache) as database:
        assert [kept.ecosystem for kept in database.kept()] == ["PyPI"]


def test_an_ecosystem_that_is_missing_does_not_keep_the_others_away(
    bucket: Bucket, transport: Transport, cache: Cache
) -> None:
    updated = run(bucket.url, transport, cache, "Ubuntu", "Red Hat", "Alpine")

    assert [(name, type(error)) for name, error in updated.failed] == [
        ("Ubuntu", NotFoundError),
        ("Red Hat", NotFoundError),
    ]
    assert [kept.ecosystem for kept in updated.kept] == ["Alpine"]
    assert "HEAD /Red%20Hat/all.zip" in bucket.asked


def test_a_damaged_zip_leaves_what_was_there(
    bucket: Bucket, transport: Transport, cache: Cache
) -> None:
    run(bucket.url, transport, cache, "PyPI")
    (bucket.folder / "PyPI" / "all.zip").write_bytes(b"<html>a portal</html>")

    updated = run(bucket.url, transport, cache, "PyPI")

    [(_, error)] = updated.failed
    assert error.message.endswith("is no zip")
    with Database(cache) as database:
        assert [kept.records for kept in database.kept()] == [4]


def test_without_a_network_nothing_is_taken_for_newest(transport: Transport, cache: Cache) -> None:
    updated = run("http://127.0.0.1:9", transport, cache, "PyPI")

    [(ecosystem, error)] = updated.failed
    assert ecosystem == "PyPI"
    assert error.message == (
        "PyPI advisories cannot be fetched from `http://127.0.0.1:9/PyPI/all.zip`: no connection"
    )


def test_a_folder_is_a_mirror_too(
    export: Callable[..., Path], transport: Transport, cache: Cache
) -> None:
    folder = export("PyPI")

    first = run(str(folder), transport, cache, "PyPI", "Debian")
    second = run(folder.as_uri(), transport, cache, "PyPI", "Debian")

    assert [kept.ecosystem for kept in first.kept] == ["PyPI"]
    assert second.unchanged == ("PyPI",)
    for updated in (first, second):
        assert [(name, type(error)) for name, error in updated.failed] == [("Debian", FetchError)]
