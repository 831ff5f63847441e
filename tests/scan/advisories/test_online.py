"""OSV's service is asked as its protocol wants it, and a missing answer is an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.scan.advisories.conftest import NOW, RECORDS

from boxwright.errors import FetchError
from boxwright.scan.advisories.database import Database
from boxwright.scan.advisories.online import Online
from boxwright.scan.match import find_matches
from boxwright.scan.packages.package import Distribution, Inventory, Package
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

Documents = dict[str, dict[str, Any]]


class Service:
    """A server that answers as api.osv.dev does, from records; two of a question at a time."""

    page = 2

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.asked: list[str] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.failures = 0
        """How many answers are 503 before it works."""
        self.answer: Callable[[dict[str, Any]], object] = self.found
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def give(self, content: bytes, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def fails(self) -> bool:
                service.asked.append(f"{self.command} {self.path}")
                service.failures -= 1
                return service.failures >= 0

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.fails():
                    self.give(b"", 503)
                else:
                    service.batches.append(body["queries"])
                    self.give(json.dumps(service.answer(body)).encode())

            def do_GET(self) -> None:
                document = service.documents.get(self.path.rpartition("/")[2])
                if self.fails():
                    self.give(b"", 503)
                elif document is None:
                    self.give(b"", 404)
                else:
                    self.give(json.dumps(document).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def found(self, body: dict[str, Any]) -> object:
        results: list[dict[str, Any]] = []
        for query in body["queries"]:
            names = sorted(
                name
                for name, document in self.documents.items()
                if any(
                    entry["package"]["name"] == query["package"]["name"]
                    and entry["package"]["ecosystem"] == query["package"]["ecosystem"]
                    for entry in document["affected"]
                )
            )
            start = int(query.get("page_token", 0))
            page = names[start : start + self.page]
            result: dict[str, Any] = {}
            if page:
                result["vulns"] = [
                    {"id": name, "modified": self.documents[name]["modified"]} for name in page
                ]
            if start + self.page < len(names):
                result["next_page_token"] = str(start + self.page)
            results.append(result)
        return {"results": results}


@pytest.fixture
def service() -> Iterator[Service]:
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in RECORDS.rglob("*.json")}
    service = Service(documents)
    yield service
    service.http.shutdown()
    service.http.server_close()


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    return Transport(environ={"HOME": str(tmp_path)}, backoff=0.001, timeout=5)


def package(kind: str, name: str, version: str, source: str = "") -> Package:
    return Package(type=kind, name=name, version=version, path=f"db/{name}", source=source)


INVENTORY = Inventory(
    packages=(
        package("pypi", "requests", "2.30.0"),
        package("pypi", "Torch", "2.5.1+cu121"),
        package("pypi", "aiohttp", "3.8.1"),
        package("pypi", "py", "1.12.0"),
        package("deb", "libssl3", "3.0.11-1~deb12u2", "openssl"),
        package("deb", "openssl", "3.0.11-1~deb12u2"),
        package("deb", "libapparmor1", "3.0.8-3", "apparmor"),
    ),
    distribution=Distribution(id="debian", version_id="12"),
)


def test_the_service_gives_what_a_database_gives(
    service: Service, transport: Transport, cache: Cache, database: Database
) -> None:
    online = Online(transport=transport, cache=cache, url=service.url)

    found = find_matches(INVENTORY, online, now=NOW)

    with database:
        offline = find_matches(INVENTORY, database, now=NOW)
    assert found.matches == offline.matches
    assert [match.advisory.id for match in found.matches] == [
        "CVE-2016-1585",
        "CVE-2025-32434",
        "CVE-2024-6119",
        "CVE-2024-6119",
        "CVE-2023-32681",
    ]
    assert found.unchecked == offline.unchecked == ()


def test_questions_are_asked_once_and_page_by_page(
    service: Service, transport: Transport, cache: Cache
) -> None:
    service.page = 1

    find_matches(INVENTORY, Online(transport=transport, cache=cache, url=service.url), now=NOW)

    first, second = service.batches
    assert [(query["package"]["name"], query["version"]) for query in first] == [
        ("requests", "2.30.0"),
        ("torch", "2.5.1"),
        ("aiohttp", "3.8.1"),
        ("py", "1.12.0"),
        ("openssl", "3.0.11-1~deb12u2"),
        ("apparmor", "3.0.8-3"),
    ]
    assert [(query["package"]["name"], query["page_token"]) for query in second] == [
        ("requests", "1"),
        ("openssl", "1"),
    ]
    assert [asked for asked in service.asked if asked.startswith("GET")] == sorted(
        set(service.asked) - {"POST /v1/querybatch"}, key=service.asked.index
    )


def test_records_are_fetched_again_when_they_changed(
    service: Service, transport: Transport, cache: Cache
) -> None:
    online = Online(transport=transport, cache=cache, url=service.url)
    find_matches(INVENTORY, online, now=NOW)
    service.asked.clear()
    service.documents["PYSEC-2023-74"]["modified"] = "2025-11-30T00:00:00Z"

    found = find_matches(INVENTORY, online, now=NOW)

    assert service.asked == ["POST /v1/querybatch", "GET /v1/vulns/PYSEC-2023-74"]
    assert len(found.matches) == 5


def test_a_busy_service_is_asked_again(
    service: Service, transport: Transport, cache: Cache
) -> None:
    service.failures = 2
    online = Online(transport=transport, cache=cache, url=service.url)

    assert len(find_matches(INVENTORY, online, now=NOW).matches) == 5


def test_without_a_network_there_is_an_error(transport: Transport, cache: Cache) -> None:
    online = Online(transport=transport, cache=cache, url="http://127.0.0.1:9")

    with pytest.raises(FetchError) as caught:
        find_matches(INVENTORY, online, now=NOW)

    assert caught.value.message == (
        "the answer of the advisory service cannot be fetched from"
        " `http://127.0.0.1:9/v1/querybatch`: no connection"
    )


def test_a_record_that_is_missing_is_an_error(
    service: Service, transport: Transport, cache: Cache
) -> None:
    online = Online(transport=transport, cache=cache, url=service.url)
    document = service.documents.pop("PYSEC-2023-74")
    service.answer = lambda body: {
        "results": [{"vulns": [{"id": document["id"]}]} for _ in body["queries"]]
    }

    with pytest.raises(FetchError, match="the advisory `PYSEC-2023-74`"):
        find_matches(INVENTORY, online, now=NOW)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({}, "gives 0 answers to 6 questions"),
        ({"results": [{}]}, "gives 1 answers to 6 questions"),
        ([], "does not answer as OSV's does: Expected `object`, got `array`"),
        ({"results": [{"vulns": [{}]}] * 6}, "does not answer as OSV's does: Object missing"),
        ({"results": [{"next_page_token": "1"}] * 6}, "has pages without end"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    service: Service, transport: Transport, cache: Cache, answer: object, problem: str
) -> None:
    def answers(body: dict[str, Any]) -> object:
        if isinstance(answer, dict) and len(answer.get("results", ())) == 6:
            return {"results": answer["results"][: len(body["queries"])]}
        return answer

    service.answer = answers
    online = Online(transport=transport, cache=cache, url=service.url)

    with pytest.raises(FetchError) as caught:
        find_matches(INVENTORY, online, now=NOW)

    assert caught.value.message.startswith(f"the service at `{service.url}` {problem}")
