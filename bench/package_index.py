"""A package index on the loopback device: a folder of wheels, as pip and uv ask for them."""

from __future__ import annotations

import hashlib
import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOR_EVER = "max-age=365000000, immutable, public"
"""What the public index says of its files, so that clients may keep them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A running index."""

    host: str
    url: str


@contextmanager
def serve_wheels(folder: Path) -> Iterator[Index]:
    """Serve the wheels in *folder* until the block is left."""
    handler = type("Handler", (_Handler,), {"folder": folder, "pages": _pages(folder)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Index(host="127.0.0.1", url=f"http://127.0.0.1:{server.server_port}/simple/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pages(folder: Path) -> dict[str, str]:
    """Return a page of links for each distribution."""
    links: dict[str, list[str]] = {}
    for wheel in sorted(folder.glob("*.whl")):
        name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
        with wheel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        shown = html.escape(wheel.name)
        target = f"/wheels/{shown}#sha256={digest}".replace("+", "%2B")
        links.setdefault(name, []).append(f'<a href="{target}">{shown}</a><br>')
    return {
        name: "<!DOCTYPE html>\n<html><body>\n" + "\n".join(lines) + "\n</body></html>\n"
        for name, lines in links.items()
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    pages: dict[str, str]

    def do_GET(self) -> None:
        part, _, name = self.path.strip("/").partition("/")
        wheel = self.folder / Path(name.replace("%2B", "+")).name
        if part == "simple" and name in self.pages:
            self._answer(self.pages[name].encode(), "text/html", "max-age=600, public")
        elif part == "wheels" and wheel.is_file():
            self._answer(wheel.read_bytes(), "application/octet-stream", FOR_EVER)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, content: bytes, kind: str, kept: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", kept)
        self.send_header("ETag", f'"{hashlib.sha256(content[:4096]).hexdigest()[:16]}"')
        self.end_headers()
        self.wfile.write(content)
