"""A registry on this machine that gives what a test put into it, as badly as the test wants."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from boxwright.image.image import Image
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of

USER, PASSWORD, IDENTITY = "me", "s3cret-word", "s3cret-identity"


@dataclass
class Served:
    """What the registry has, and how it behaves."""

    host: str = ""
    manifests: dict[str, bytes] = field(default_factory=dict)
    """By tag and by digest."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    referrers: dict[str, bytes] = field(default_factory=dict)
    """What its referrers API gives; without any it has none."""
    wants: str = ""
    """`token`, `login` (a token for those with a password), `identity` or `basic`."""
    token_uses: int = 0
    """How often a token is good; 0: always."""
    cut_after: int = 0
    """Bytes of a blob after which each connection is cut; 0: none is."""
    answer: bytes | None = None
    """What the token server says instead of a token."""
    realm: str = ""
    """Where tokens are, if not here."""
    elsewhere: str = ""
    """A host to which blobs are redirected."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, Range and Authorization of each request."""
    _tokens: dict[str, int] = field(default_factory=dict)

    def put(self, image: Image, *tags: str) -> None:
        """Have *image* under *tags*."""
        self.put_manifest(image.manifest.content, *tags)
        for blob in (image.config, *(layer.blob for layer in image.layers)):
            with blob.open() as file:
                self.blobs[blob.descriptor.digest] = file.read()

    def put_manifest(self, content: bytes, *tags: str) -> Digest:
        """Have the manifest or index *content* under *tags*, and under its digest."""
        digest = digest_of(content)
        for name in (digest, *tags):
            self.manifests[name] = content
        return digest

    def put_index(self, *entries: dict[str, Any], tag: str) -> Digest:
        """Have an index of *entries* under *tag*."""
        return self.put_manifest(index_of(*entries), tag)

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [path for path, _, _ in self.asked]


def index_of(*entries: dict[str, Any]) -> bytes:
    """Return an index of *entries*."""
    kind = "application/vnd.oci.image.index.v1+json"
    return canonical_json({"schemaVersion": 2, "mediaType": kind, "manifests": list(entries)})


@contextmanager
def serving() -> Iterator[Served]:
    """Serve until the block ends."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.note()
            path = urllib.parse.unquote(self.path)
            if path.startswith("/token"):
                self.give_token()
            elif not self.may():
                self.refuse()
            elif "/manifests/" in path:
                self.give(served.manifests.get(path.partition("/manifests/")[2]))
            elif "/referrers/" in path:
                self.give(served.referrers.get(path.partition("/referrers/")[2]))
            elif served.elsewhere and "/blobs/" in path:
                self.send_response(307)
                self.send_header("Location", f"http://{served.elsewhere}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.give_blob(served.blobs.get(path.partition("/blobs/")[2]))

        def do_POST(self) -> None:
            self.note()
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = dict(urllib.parse.parse_qsl(body))
            if asked.get("refresh_token") != IDENTITY:
                self.refuse()
            else:
                self.give(json.dumps({"access_token": self.new_token()}).encode())

        def note(self) -> None:
            sent = self.headers
            served.asked.append((self.path, sent.get("Range", ""), sent.get("Authorization", "")))

        def new_token(self) -> str:
            token = f"s3cret-token-{len(served._tokens)}"
            served._tokens[token] = served.token_uses or 1 << 30
            return token

        def give_token(self) -> None:
            if served.wants == "login" and self.headers.get("Authorization") != basic():
                self.refuse()
            else:
                answer = served.answer or json.dumps({"token": self.new_token()}).encode()
                self.give(answer)

        def may(self) -> bool:
            sent = self.headers.get("Authorization", "")
            if not served.wants:
                return True
            if served.wants == "basic":
                return sent == basic()
            token = sent.removeprefix("Bearer ")
            left = served._tokens.get(token, 0)
            served._tokens[token] = left - 1
            return left > 0

        def refuse(self) -> None:
            self.send_response(401)
            realm = served.realm or f"http://{served.host}/token"
            challenge = f'Bearer realm="{realm}",service="hub"'
            if served.wants == "basic":
                challenge = 'Basic realm="here"'
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def give(self, content: bytes | None) -> None:
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def give_blob(self, content: bytes | None) -> None:
            asked = self.headers.get("Range", "")
            if content is None or not (asked or served.cut_after):
                self.give(content)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if asked:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.end_headers()
            end = start + served.cut_after if served.cut_after else len(content)
            self.wfile.write(content[start:end])
            self.close_connection = end < len(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield served
    finally:
        http.shutdown()
        http.server_close()


def basic(user: str = USER, password: str = PASSWORD) -> str:
    """Return the header that a user and a password make."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
