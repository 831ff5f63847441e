"""What the service promises."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import ThreadingHTTPServer

from service import Service, rank


def test_the_rarest_word_comes_first() -> None:
    ranked = rank("the image of the quokka", {"the": 6, "image": 2, "of": 5})

    assert [word for word, _ in ranked] == ["quokka", "image", "of", "the"]


def test_a_text_is_ranked_over_http() -> None:
    Service.counts = {"the": 6}
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/rank"
        with urllib.request.urlopen(url, b"the layer", timeout=10) as answer:
            ranked = json.load(answer)
        server.shutdown()

    assert [word for word, _ in ranked] == ["layer", "the"]
