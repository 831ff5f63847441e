"""Answers how surprising each word of a text is: `POST /rank` with the text as the body."""

from __future__ import annotations

import json
import math
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COUNTS = Path(os.environ.get("COUNTS", Path(__file__).with_name("data") / "counts.json"))
PORT = int(os.environ.get("PORT", "8000"))
LIMIT = 100_000
"""Bytes of a text."""


def rank(text: str, counts: dict[str, int]) -> list[tuple[str, float]]:
    """Return the words of *text*, the most surprising first, with their surprise in bits."""
    total = sum(counts.values()) + len(counts) + 1
    surprise = {
        word: -math.log2((counts.get(word, 0) + 1) / total) for word in text.lower().split()
    }
    return sorted(surprise.items(), key=lambda item: (-item[1], item[0]))


class Service(BaseHTTPRequestHandler):
    """One request."""

    counts: dict[str, int]

    def do_GET(self) -> None:
        """Answer the health check."""
        self._answer(200 if self.path == "/health" else 404, {"words": len(self.counts)})

    def do_POST(self) -> None:
        """Rank the words of the body."""
        length = int(self.headers.get("Content-Length", "0"))
        if self.path != "/rank" or not 0 < length <= LIMIT:
            self._answer(422, {"error": "POST a text of at most 100 kB to /rank"})
            return
        text = self.rfile.read(length).decode("utf-8", "replace")
        self._answer(200, rank(text, self.counts))

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve until stopped."""
    Service.counts = json.loads(COUNTS.read_text("utf-8"))
    ThreadingHTTPServer(("", PORT), Service).serve_forever()


if __name__ == "__main__":
    main()
