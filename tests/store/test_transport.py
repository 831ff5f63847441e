from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from boxwright.errors import DigestMismatchError, FetchError
from boxwright.oci.digest import digest_of
from boxwright.store.cache import Cache
from boxwright.store.transport import NotFoundError, Transport, redact

CONTENT = bytes(range(256)) * 4000
DIGEST = digest_of(CONTENT)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A server on this machine whose answers the test gives, one after another."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    """The last one is repeated."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def serve() -> tuple[Server, ThreadingHTTPServer]:
    server = Server(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers.items())))
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            answer(self)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    return server, http


@pytest.fixture
def server() -> Iterator[Server]:
    server, http = serve()
    yield server
    http.shutdown()
    http.server_close()


@pytest.fixture
def other() -> Iterator[Server]:
    server, http = serve()
    yield server
    http.shutdown()
    http.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    return Transport(environ={"HOME": str(tmp_path)}, backoff=0.001, timeout=5)


def give(body: bytes = CONTENT, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **named}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
        if int(named.get("Content-Length", len(body))) != len(body):
            request.close_connection = True

    return answer


def cut(after: int, *, tag: str = "") -> Answer:
    """Promise all and send a part."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(CONTENT)))
        if tag:
            request.send_header("ETag", tag)
        request.end_headers()
        request.wfile.write(CONTENT[:after])
        request.close_connection = True

    return answer


def rest(request: BaseHTTPRequestHandler) -> None:
    """Answer the range that is asked for."""
    start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
    body = CONTENT[start:]
    give(body, 206, Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")(request)


def download(
    transport: Transport,
    server: Server,
    cache: Cache,
    *,
    path: str = "/file",
    auth: tuple[str, str] | None = None,
) -> Path:
    return transport.download(
        server.url + path,
        digest=DIGEST,
        size=len(CONTENT),
        cache=cache,
        what="the file",
        auth=auth,
    )


def nothing_is_kept(cache: Cache) -> bool:
    return not [path for path in cache.root.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_digest_and_not_asked_for_again(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give()]
    download(transport, server, cache)
    path = download(transport, server, cache)
    assert path.read_bytes() == CONTENT
    assert path == cache.blob_path(DIGEST)
    assert len(server.asked) == 1


def test_a_cut_connection_is_taken_up_where_it_broke(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [cut(1000, tag='"v1"'), cut(0), rest]
    assert download(transport, server, cache).read_bytes() == CONTENT
    assert server.asked[-1][1]["Range"] == "bytes=1000-"
    assert server.asked[1][1]["If-Range"] == '"v1"'


def test_a_server_that_does_not_understand_a_range_is_asked_for_the_whole(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [cut(1000), give(b"what?", 416), give()]

    assert download(transport, server, cache).read_bytes() == CONTENT
    assert [asked.get("Range") for _, asked in server.asked] == [None, "bytes=1000-", None]


def test_a_server_that_refuses_even_the_whole_is_told(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give(b"what?", 416)]

    with pytest.raises(FetchError, match="answers with status 416"):
        download(transport, server, cache)


def test_a_server_without_ranges_gives_the_whole_again(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [cut(300_000), cut(700_000), give()]
    assert download(transport, server, cache).read_bytes() == CONTENT


def test_parts_of_two_versions_are_not_kept_together(
    server: Server, cache: Cache, transport: Transport
) -> None:
    older = b"?" * 1000

    def begin(request: BaseHTTPRequestHandler) -> None:
        give(older, Content_Length=str(len(CONTENT)))(request)

    server.answers = [begin, rest, give()]
    assert download(transport, server, cache).read_bytes() == CONTENT


def test_a_server_that_cuts_every_connection_is_given_up(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [cut(0)]
    with pytest.raises(FetchError, match="the file cannot be fetched") as caught:
        download(transport, server, cache)
    assert caught.value.hint
    assert nothing_is_kept(cache)


def test_another_content_is_refused_and_not_kept(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give(b"x" * len(CONTENT))]
    with pytest.raises(DigestMismatchError, match="the file"):
        download(transport, server, cache)
    assert nothing_is_kept(cache)
    assert len(server.asked) == 1


def test_more_than_the_promised_size_is_refused(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give(CONTENT + b"!")]
    with pytest.raises(FetchError, match="more than the promised"):
        download(transport, server, cache)


def test_an_endless_body_is_cut_at_the_promised_size(
    server: Server, cache: Cache, transport: Transport
) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        with_limit = 100
        try:
            while with_limit:
                request.wfile.write(CONTENT)
                with_limit -= 1
        except OSError:
            pass
        request.close_connection = True

    server.answers = [endless]
    with pytest.raises(FetchError, match="more than"):
        download(transport, server, cache)
    with pytest.raises(FetchError, match="more than"):
        transport.read(f"{server.url}/file", limit=1000, what="the page")


def test_what_is_missing_is_told_apart(server: Server, cache: Cache, transport: Transport) -> None:
    server.answers = [give(b"", 404)]
    with pytest.raises(NotFoundError, match="status 404"):
        download(transport, server, cache)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(
    server: Server, cache: Cache, transport: Transport, status: int
) -> None:
    server.answers = [give(b"", status), give(b"", status, Retry_After="0"), give()]
    assert download(transport, server, cache).read_bytes() == CONTENT
    server.answers = [give(b"", status), give(b"page")]
    assert transport.read(f"{server.url}/page", limit=10, what="the page") == b"page"


def test_a_redirect_to_another_host_takes_no_credentials_along(
    server: Server, other: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give(b"", 302, Location=f"{other.url}/elsewhere")]
    other.answers = [give()]
    download(transport, server, cache, auth=("me", "s3cret"))
    token = base64.b64encode(b"me:s3cret").decode()
    assert server.asked[0][1]["Authorization"] == f"Basic {token}"
    assert "Authorization" not in other.asked[0][1]


def test_headers_that_are_secret_stay_with_their_host(
    server: Server, other: Server, transport: Transport
) -> None:
    server.answers = [give(b"", 307, Location=f"{other.url}/")]
    other.answers = [give(b"ok")]
    headers = {"authorization": "Bearer x", "X-Plain": "y"}
    assert transport.read(server.url, limit=10, what="it", headers=headers) == b"ok"
    sent = other.asked[0][1]
    assert "authorization" not in sent
    assert sent["X-Plain"] == "y"


def test_a_redirect_on_the_same_host_keeps_the_credentials(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give(b"", 302, Location="/moved"), give()]
    download(transport, server, cache, auth=("me", "s3cret"))
    assert [path for path, _ in server.asked] == ["/file", "/moved"]
    assert all("Authorization" in headers for _, headers in server.asked)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://host.invalid/", "data:,x"])
def test_a_redirect_to_what_is_no_web_address_is_refused(
    server: Server, transport: Transport, target: str
) -> None:
    server.answers = [give(b"", 302, Location=target)]
    with pytest.raises(FetchError, match="no web address"):
        transport.read(server.url, limit=10, what="it")


def test_redirects_in_a_circle_end(server: Server, transport: Transport) -> None:
    server.answers = [give(b"", 302, Location="/again")]
    with pytest.raises(FetchError, match="redirects more than"):
        transport.read(server.url, limit=10, what="it")


def test_credentials_come_from_netrc_and_from_the_url(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login n password net\n")
    (tmp_path / ".netrc").chmod(0o600)
    server.answers = [give(b"ok")]
    transport.read(server.url, limit=10, what="it")
    transport.read(server.url.replace("//", "//u:p%40ss@"), limit=10, what="it")
    sent = [base64.b64decode(headers["Authorization"][6:]) for _, headers in server.asked]
    assert sent == [b"n:net", b"u:p@ss"]


@pytest.mark.parametrize("status", [401, 403, 404, 418, 503])
def test_no_message_shows_credentials(server: Server, transport: Transport, status: int) -> None:
    server.answers = [give(b"", status)]
    url = server.url.replace("//", "//me:s3cret@") + "/file?token=s3cret"
    with pytest.raises(FetchError) as caught:
        transport.read(url, limit=10, what="it")
    assert "s3cret" not in caught.value.message + caught.value.hint
    assert "127.0.0.1" in caught.value.message


def test_offline_says_what_is_missing(server: Server, cache: Cache) -> None:
    server.answers = [give()]
    transport = Transport(offline=True, environ={})
    with pytest.raises(FetchError, match="the file is not in the cache") as caught:
        download(transport, server, cache)
    assert "--offline" in caught.value.hint
    assert not server.asked
    cache.put(CONTENT)
    assert download(transport, server, cache).read_bytes() == CONTENT


def test_files_and_folders_need_no_network(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(CONTENT)
    transport = Transport(offline=True, environ={})
    for url in (str(path), path.as_uri()):
        assert transport.read(url, limit=len(CONTENT), what="it") == CONTENT
    with pytest.raises(FetchError, match="more than"):
        transport.read(str(path), limit=10, what="it")
    kept = transport.download(
        path.as_uri(), digest=DIGEST, size=len(CONTENT), cache=cache, what="it"
    )
    assert kept == cache.blob_path(DIGEST)
    with pytest.raises(NotFoundError):
        transport.read(str(tmp_path / "none"), limit=10, what="it")
    with pytest.raises(FetchError, match="cannot be read"):
        transport.read(str(tmp_path), limit=10, what="it")


def test_a_download_without_a_known_digest_is_kept_under_its_own(
    server: Server, cache: Cache, transport: Transport
) -> None:
    server.answers = [give()]
    path = transport.download(server.url, digest=None, size=0, cache=cache, what="it")
    assert path == cache.blob_path(DIGEST)


def test_a_proxy_is_used_unless_the_host_is_exempt(
    server: Server, other: Server, tmp_path: Path
) -> None:
    server.answers = [give(b"direct")]
    other.answers = [give(b"proxied")]
    proxy = other.url.replace("//", "//me:s3cret@")
    url = "http://host.invalid/file"

    def read(environ: Mapping[str, str], url: str) -> bytes:
        transport = Transport(environ={"HOME": str(tmp_path), **environ}, backoff=0.001)
        return transport.read(url, limit=10, what="it")

    assert read({"http_proxy": proxy}, url) == b"proxied"
    path, headers = other.asked[0]
    assert path == url
    assert headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:s3cret").decode()
    for exempt in ("127.0.0.0/8", "127.0.0.1", "*", "other, 127.0.0.1"):
        assert read({"http_proxy": proxy, "no_proxy": exempt}, server.url) == b"direct"
    transport = Transport(environ={"http_proxy": proxy}, backoff=0.001)
    assert transport.read(server.url, limit=10, what="it", proxy="") == b"direct"
    assert transport.using(proxy=other.url).read(url, limit=10, what="it") == b"proxied"


def test_a_proxy_out_of_reach_is_told_without_its_password() -> None:
    transport = Transport(environ={"http_proxy": "http://me:s3cret@127.0.0.1:9"}, backoff=0.001)
    with pytest.raises(FetchError, match="proxy") as caught:
        transport.read("http://host.invalid/", limit=10, what="it")
    assert "s3cret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/", "http:///x"])
def test_what_is_no_url_is_told(transport: Transport, url: str) -> None:
    with pytest.raises(FetchError):
        transport.read(url, limit=10, what="it")


def test_a_bundle_that_is_none_is_named(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("no certificate")
    transport = Transport(environ={"SSL_CERT_FILE": str(bundle)}, backoff=0.001)
    with pytest.raises(FetchError, match="SSL_CERT_FILE"):
        transport.read("https://127.0.0.1:9/", limit=10, what="it")


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    assert redact("https://u:p@h.invalid:8443/a?b=c#d") == "https://h.invalid:8443/a"


def test_a_slow_server_is_not_waited_for_without_end(server: Server) -> None:
    done = threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        done.wait(5)
        request.close_connection = True

    server.answers = [slow]
    transport = Transport(environ={}, backoff=0.001, timeout=0.05)
    with pytest.raises(FetchError, match="no bytes in time"):
        transport.read(server.url, limit=10, what="it")
    done.set()


def test_a_stream_begins_where_it_is_wanted_and_goes_on_where_it_broke(
    server: Server, transport: Transport
) -> None:
    def in_part(request: BaseHTTPRequestHandler) -> None:
        start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        length = str(len(CONTENT) - start)
        give(
            CONTENT[start : start + 500_000],
            206,
            Content_Range=span,
            Content_Length=length,
        )(request)

    server.answers = [in_part]

    pieces = transport.stream(f"{server.url}/blob", size=len(CONTENT), what="it", start=1000)

    assert b"".join(pieces) == CONTENT[1000:]
    assert [headers["Range"] for _, headers in server.asked] == [
        "bytes=1000-",
        "bytes=501000-",
        "bytes=1001000-",
    ]


def test_what_is_posted_is_not_sent_on_to_another_host(
    server: Server, other: Server, transport: Transport
) -> None:
    server.answers = [give(b"", 307, Location=f"{other.url}/elsewhere")]
    other.answers = [give(b"{}")]

    with pytest.raises(FetchError, match="sends on to another host what it is asked"):
        transport.read(f"{server.url}/token", limit=10, what="it", body=b"token=s3cret")

    assert other.asked == []
