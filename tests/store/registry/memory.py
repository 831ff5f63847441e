"""A registry in this process that is written to (OCI distribution specification 1.1)."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of


@dataclass
class Memory:
    """What the registry has, and what it is particular about."""

    host: str = ""
    blobs: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    """By repository and digest."""
    manifests: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    """By repository and tag or digest."""
    kinds: dict[str, str] = field(default_factory=dict)
    referrers: bool = False
    """Whether it has that API."""
    mounts: bool = True
    takes_put: bool = True
    """Whether a whole blob may come in a PUT."""
    resumes: bool = True
    most: int = 0
    """Bytes of one request; 0: any number."""
    least: int = 0
    """Bytes of a chunk that is not the last."""
    page: int = 1000
    immutable: bool = False
    tells_digest: bool = True
    _uploads: dict[str, bytearray] = field(default_factory=dict)
    _turns: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))


_PATH = re.compile(
    r"/v2/(?P<name>.+?)/(?P<kind>blobs/uploads|blobs|manifests|tags|referrers)/?(?P<rest>.*)"
)


@contextmanager
def memory() -> Iterator[Memory]:
    """Serve until the block ends."""
    kept = Memory()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            found = _PATH.fullmatch(parts.path)
            assert found, self.path
            asked = dict(urllib.parse.parse_qsl(parts.query))
            name, kind, rest = found["name"], found["kind"], found["rest"]
            if kind == "blobs/uploads":
                # Who asks how much there is waits until all that came has been counted.
                with kept._turns[rest or uuid.uuid4().hex]:
                    self.upload(name, rest, asked)
            elif kind == "blobs":
                self.give(kept.blobs[name].get(rest), "application/octet-stream", rest)
            elif kind == "manifests" and self.command == "PUT":
                self.put_manifest(name, rest)
            elif kind == "manifests":
                content = kept.manifests[name].get(rest)
                known = kept.kinds.get(digest_of(content)) if content is not None else ""
                self.give(content, known or "", digest_of(content or b""))
            elif kind == "tags":
                self.list_tags(name, asked)
            elif kept.referrers:
                self.list_referrers(name, rest)
            else:
                self.fail(404, "UNSUPPORTED")

        def do_GET(self) -> None:
            self.handle_any()

        def do_HEAD(self) -> None:
            self.handle_any()

        def do_POST(self) -> None:
            self.handle_any()

        def do_PUT(self) -> None:
            self.handle_any()

        def do_PATCH(self) -> None:
            self.handle_any()

        def upload(self, name: str, session: str, asked: dict[str, str]) -> None:
            if self.command == "POST":
                self.read(None)
                source = kept.blobs[asked["from"]] if "from" in asked else {}
                if kept.mounts and asked.get("mount") in source:
                    kept.blobs[name][asked["mount"]] = source[asked["mount"]]
                    self.say(201, {"Location": f"/v2/{name}/blobs/{asked['mount']}"})
                    return
                session = uuid.uuid4().hex
                kept._uploads[session] = bytearray()
                chunk = {"OCI-Chunk-Min-Length": str(kept.least)} if kept.least else {}
                self.say(202, self.where(name, session) | chunk)
                return
            there = kept._uploads.get(session)
            length = int(self.headers.get("Content-Length") or 0)
            so_far = {"Range": f"0-{max(0, len(there or b'') - 1)}"}
            if there is None:
                self.read(None)
                self.fail(404, "BLOB_UPLOAD_UNKNOWN")
            elif self.command == "GET":
                if kept.resumes:
                    self.say(204, self.where(name, session) | so_far)
                else:
                    self.fail(404, "BLOB_UPLOAD_UNKNOWN")
            elif kept.most and length > kept.most:
                self.close_connection = True
                self.fail(413, "")
            elif self.command == "PUT" and length and not there and not kept.takes_put:
                self.close_connection = True
                self.fail(405, "UNSUPPORTED")
            elif (span := self.headers.get("Content-Range")) and not span.startswith(
                f"{len(there)}-"
            ):
                self.read(None)
                self.say(416, self.where(name, session) | so_far)
            else:
                whole = self.read(there)
                if not whole:
                    self.close_connection = True
                elif self.command == "PATCH":
                    so_far = {"Range": f"0-{max(0, len(there) - 1)}"}
                    self.say(202, self.where(name, session) | so_far)
                elif digest_of(bytes(there)) != asked["digest"]:
                    del kept._uploads[session]
                    self.fail(400, "DIGEST_INVALID")
                else:
                    del kept._uploads[session]
                    kept.blobs[name][asked["digest"]] = bytes(there)
                    self.say(201, {"Location": f"/v2/{name}/blobs/{asked['digest']}"})

        def where(self, name: str, session: str) -> dict[str, str]:
            return {"Location": f"/v2/{name}/blobs/uploads/{session}?state={session[:4]}"}

        def read(self, target: bytearray | None) -> bool:
            left = int(self.headers.get("Content-Length") or 0)
            while left:
                try:
                    piece = self.rfile.read1(min(left, 1 << 16))
                except OSError:
                    return False
                if not piece:
                    return False
                left -= len(piece)
                if target is not None:
                    target += piece
            return True

        def put_manifest(self, name: str, reference: str) -> None:
            body = bytearray()
            self.read(body)
            content, digest = bytes(body), digest_of(bytes(body))
            document = json.loads(content)
            named = [*document.get("layers", ()), *filter(None, [document.get("config")])]
            if kept.immutable and reference in kept.manifests[name]:
                self.fail(400, "TAG_INVALID", "the tag cannot be overwritten, it is immutable")
            elif any(
                one["digest"] not in kept.blobs[name]
                for one in named
                if "nondistributable" not in one["mediaType"]
            ):
                self.fail(404, "MANIFEST_BLOB_UNKNOWN")
            elif any(
                one["digest"] not in kept.manifests[name] for one in document.get("manifests", ())
            ):
                self.fail(404, "MANIFEST_UNKNOWN")
            else:
                for key in (reference, digest):
                    kept.manifests[name][key] = content
                kept.kinds[digest] = self.headers["Content-Type"]
                subject = document.get("subject")
                told = {"OCI-Subject": subject["digest"]} if subject and kept.referrers else {}
                digests = {"Docker-Content-Digest": digest} if kept.tells_digest else {}
                self.say(201, told | digests)

        def list_tags(self, name: str, asked: dict[str, str]) -> None:
            tags = sorted(tag for tag in kept.manifests[name] if ":" not in tag)
            later = [tag for tag in tags if tag > asked.get("last", "")]
            some = later[: kept.page]
            more = {}
            if len(later) > len(some):
                more = {"Link": f'</v2/{name}/tags/list?last={some[-1]}&n=1000>; rel="next"'}
            self.say(200, more, canonical_json({"name": name, "tags": some}))

        def list_referrers(self, name: str, digest: str) -> None:
            entries = {}
            for content in kept.manifests[name].values():
                document = json.loads(content)
                if (document.get("subject") or {}).get("digest") == digest:
                    found = digest_of(content)
                    entries[found] = {
                        "mediaType": document["mediaType"],
                        "digest": found,
                        "size": len(content),
                        "artifactType": document["artifactType"],
                    }
            kind = "application/vnd.oci.image.index.v1+json"
            listing = {"schemaVersion": 2, "mediaType": kind, "manifests": list(entries.values())}
            self.say(200, {"Content-Type": kind}, canonical_json(listing))

        def give(self, content: bytes | None, kind: str, digest: str) -> None:
            if content is None:
                self.fail(404, "BLOB_UNKNOWN")
                return
            told = {"Docker-Content-Digest": digest} if kept.tells_digest else {}
            self.say(200, {"Content-Type": kind, **told}, content)

        def fail(self, status: int, code: str, message: str = "no") -> None:
            self.say(
                status, content=canonical_json({"errors": [{"code": code, "message": message}]})
            )

        def say(self, status: int, headers: Mapping[str, str] = {}, content: bytes = b"") -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    kept.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield kept
    finally:
        http.shutdown()
        http.server_close()
