"""A registry on this machine that takes and gives; what it holds can be changed behind its back."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.document import parse_document
from boxwright.oci.reference import parse_reference
from boxwright.store.registry.push import WritableRepository
from boxwright.store.transport import Transport

NAME = "team/api"


@dataclass
class Small:
    """What it holds of its one repository."""

    host: str = ""
    manifests: dict[str, bytes] = field(default_factory=dict)
    """By tag and by digest."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    has_referrers: bool = True
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""

    def repository(self, name: str = "") -> WritableRepository:
        """Return the repository, as Boxwright sees it."""
        reference = parse_reference(f"{self.host}/{NAME}{name or ':1'}")
        return WritableRepository(reference, Transport(environ={}))

    def put_manifest(self, content: bytes, *tags: str) -> Digest:
        """Have *content* under its digest and *tags*."""
        digest = digest_of(content)
        for name in (digest, *tags):
            self.manifests[name] = content
        return digest

    def referring(self, digest: str) -> bytes:
        """Return the index of manifests whose subject is *digest*."""
        entries = []
        for name, content in sorted(self.manifests.items()):
            document = parse_document(content, name)
            subject = document.get("subject")
            if name.startswith("sha256:") and subject and subject.member("digest").value == digest:
                entries.append(
                    {
                        "mediaType": document.member("mediaType").value,
                        "digest": name,
                        "size": len(content),
                        "artifactType": document.member("artifactType").value,
                        "annotations": document.value.get("annotations", {}),
                    }
                )
        kind = "application/vnd.oci.image.index.v1+json"
        return canonical_json({"schemaVersion": 2, "mediaType": kind, "manifests": entries})


@contextmanager
def serving() -> Iterator[Small]:
    """Serve until the block ends."""
    small = Small()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            place, _, name = self.place()
            if place == "referrers":
                self.give(small.referring(name) if small.has_referrers else None)
            else:
                self.give((small.blobs if place == "blobs" else small.manifests).get(name))

        do_HEAD = do_GET  # noqa: N815 (http.server's)

        def do_POST(self) -> None:
            self.place()
            self.answer(202, Location=f"/v2/{NAME}/blobs/uploads/1")

        def do_PUT(self) -> None:
            place, query, name = self.place()
            content = self.rfile.read(int(self.headers["Content-Length"]))
            digest = digest_of(content)
            if place == "blobs":
                if query["digest"] != digest:
                    self.answer(400)
                    return
                small.blobs[digest] = content
                self.answer(201, Location=f"/v2/{NAME}/blobs/{digest}")
                return
            small.manifests[digest] = small.manifests[name] = content
            subject = parse_document(content, name).get("subject")
            said = {"OCI-Subject": subject.member("digest").text()} if subject else {}
            self.answer(201, **(said if small.has_referrers else {}))

        def place(self) -> tuple[str, dict[str, str], str]:
            small.asked.append(f"{self.command} {self.path}")
            path, _, query = self.path.removeprefix(f"/v2/{NAME}/").partition("?")
            place, _, name = urllib.parse.unquote(path).partition("/")
            return place, dict(urllib.parse.parse_qsl(query)), name

        def give(self, content: bytes | None) -> None:
            kind = "application/octet-stream"
            if content is not None and "/blobs/" not in self.path:
                kind = parse_document(content, "").member("mediaType").text()
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content or b"")))
            if content is not None:
                self.send_header("Docker-Content-Digest", digest_of(content))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content or b"")

        def answer(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    small.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield small
    finally:
        http.shutdown()
        http.server_close()
