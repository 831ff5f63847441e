"""A tag's digest is looked up in a registry of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boxwright.errors import FetchError, StoreError
from boxwright.oci.digest import digest_of
from boxwright.progress import Silent
from boxwright.store import layout
from boxwright.store.tag import find_digest
from boxwright.store.transport import Transport

MANIFEST = b'{"schemaVersion": 2, "manifests": []}'


class Registry:
    """A registry that wants a token, as Docker Hub does."""

    def __init__(self) -> None:
        self.token = "open-sesame"  # noqa: S105 (made up)
        self.answer = json.dumps({"token": self.token}).encode()
        self.asked: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.asked.append(self.path)
                if self.path.startswith("/token"):
                    self.reply(200, registry.answer)
                elif self.headers.get("Authorization") != f"Bearer {registry.token}":
                    self.reply(401, b"{}", challenge=True)
                elif self.path == "/v2/team/python/manifests/3.13":
                    self.reply(200, MANIFEST)
                else:
                    self.reply(404, b"{}")

            def reply(self, status: int, body: bytes, *, challenge: bool = False) -> None:
                self.send_response(status)
                if challenge:
                    realm = f"http://127.0.0.1:{http.server_port}/token"
                    value = f'Bearer realm="{realm}",service="hub"'
                    self.send_header("WWW-Authenticate", value)
                self.send_header("Docker-Content-Digest", "sha256:" + 64 * "0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        self.http = http
        self.host = f"127.0.0.1:{http.server_port}"


@pytest.fixture
def wary() -> Iterator[Registry]:
    registry = Registry()
    yield registry
    registry.http.shutdown()
    registry.http.server_close()


@pytest.fixture
def transport() -> Transport:
    return Transport(environ={}, timeout=5, backoff=0)


def test_the_digest_is_that_of_the_bytes_whatever_the_header_says(
    wary: Registry, transport: Transport
) -> None:
    assert find_digest(f"{wary.host}/team/python:3.13", transport) == digest_of(MANIFEST)
    assert wary.asked[1] == "/token?scope=repository%3Ateam%2Fpython%3Apull&service=hub"


def test_an_image_that_names_its_digest_needs_no_registry(transport: Transport) -> None:
    digest = digest_of(b"x")
    assert find_digest(f"ghcr.io/team/python@{digest}", transport) == digest


def test_a_tag_that_is_not_there_is_told(wary: Registry, transport: Transport) -> None:
    with pytest.raises(FetchError, match=r"`127\.0\.0\.1:\d+/team/python:3\.99` is not in the reg"):
        find_digest(f"{wary.host}/team/python:3.99", transport)


def test_a_wrong_token_is_told_without_showing_it(wary: Registry, transport: Transport) -> None:
    wary.answer = b'{"token": "wrong-one"}'
    with pytest.raises(FetchError, match="the registry refuses access") as caught:
        find_digest(f"{wary.host}/team/python:3.13", transport)
    assert "wrong-one" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("answer", [b"no json", b"{}", b'{"token": 1}', b'{"token": "a\\nb"}'])
def test_a_broken_token_is_told(wary: Registry, transport: Transport, answer: bytes) -> None:
    wary.answer = answer
    with pytest.raises(StoreError, match="token"):
        find_digest(f"{wary.host}/team/python:3.13", transport)


@pytest.mark.engine
def test_a_real_registry_agrees(registry, random_image, run, tmp_path, transport) -> None:
    layout.write(tmp_path / "image", random_image(), "tag:1.0", progress=Silent())
    target = f"docker://{registry}/test/tag:1.0"
    run("skopeo", "copy", "--dest-tls-verify=false", f"oci:{tmp_path / 'image'}", target)
    told = run("skopeo", "inspect", "--tls-verify=false", "--raw", target)
    assert find_digest(f"{registry}/test/tag:1.0", transport) == digest_of(told.encode())
