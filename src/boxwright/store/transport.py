"""Bytes from mirrors and indexes: HTTP, `file:` URLs and plain folders, all through one door."""

from __future__ import annotations

import base64
import contextlib
import functools
import ipaddress
import netrc
import os
import ssl
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright import __version__
from boxwright.errors import DigestMismatchError, FetchError
from boxwright.oci.digest import Digest
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    import urllib3

    from boxwright.progress import Progress

Auth = tuple[str, str]
"""User name and password."""

Guard = Callable[[str], None]
"""Raises FetchError where an address must not be asked."""

_CHUNK = 1 << 18
_HOPS = 10
_FAILURES = 5
_RESUMPTIONS = 50
"""Attempts altogether, for a server that cuts every connection after a few bytes."""
_LONGEST_WAIT = 30.0
_WORDS = 1 << 14
"""Bytes of an error's text that are read."""
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class NotFoundError(FetchError):
    """The mirror or index answered that it has no such file."""


class RefusedError(FetchError):
    """
    Access was refused.

    *challenge* is what the server asks for (`WWW-Authenticate`), *body* the beginning of
    what it says, *date* what time it is there.
    """

    def __init__(
        self, message: str, *, hint: str, challenge: str, body: bytes = b"", date: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.challenge = challenge
        self.body = body
        self.date = date


class _TransientError(Exception):
    """What may be well in a moment; *wait* is the server's wish in seconds."""

    def __init__(self, reason: str, *, wait: float = 0) -> None:
        super().__init__(reason)
        self.wait = wait


class _UnrangedError(FetchError):
    """The server does not give a part of it (status 416)."""


class CutError(FetchError):
    """The connection broke, or did not come about, so that the request may be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server answers to `Transport.send`."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    content: bytes
    """No more of it than was asked for."""


def redact(url: str) -> str:
    """
    Return *url* as it may be shown: without credentials, query and fragment.

    >>> redact("https://user:secret@host.example:8443/simple/?token=1#egg")
    'https://host.example:8443/simple/'
    >>> redact("some/folder")
    'some/folder'
    """
    if not is_remote(url):
        return url
    parts = _split(url)
    return urllib.parse.urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")
    )


def is_remote(url: str) -> bool:
    """Return whether *url* is fetched over the network."""
    return url[:8].lower().startswith(("http://", "https://"))


def local_path(url: str) -> Path:
    """
    Return the file or folder that *url*, a `file:` URL or a plain path, names.

    >>> local_path("file:///srv/a%20mirror")
    PosixPath('/srv/a mirror')
    """
    if url[:5].lower() != "file:":
        return Path(url)
    return Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A body that is about to be read."""

    response: urllib3.BaseHTTPResponse
    start: int
    """Where in the whole the body begins."""
    total: int | None
    """The size of the whole, where the server says it."""
    validator: str


@dataclass(frozen=True, kw_only=True)
class Transport:
    """
    Fetches what is named by URL, honouring *environ* as curl, pip and uv do.

    *certificate* is a bundle of further authorities, *proxy* goes before the
    environment's, and the certificates of *trusted_hosts* (`host` or `host:port`) are
    not verified. Credentials come from the caller, the URL or netrc, in this order, and
    go to no other host. May be used from several threads.
    """

    offline: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    certificate: str = ""
    client_certificate: str = ""
    proxy: str = ""
    trusted_hosts: frozenset[str] = frozenset()
    plain_http: frozenset[str] = frozenset()
    """Registries (`host` or `host:port`) that are spoken to without encryption."""
    timeout: float = 60
    """Seconds without a byte."""
    backoff: float = 0.4
    """Seconds before the second attempt, doubled for each further one."""
    failures: int = _FAILURES
    """Attempts without a single new byte before it gives up."""

    def using(
        self,
        *,
        certificate: str = "",
        client_certificate: str = "",
        proxy: str = "",
        trusted_hosts: frozenset[str] = frozenset(),
        plain_http: frozenset[str] = frozenset(),
        timeout: float = 0,
    ) -> Transport:
        """Return a transport that differs in what is given here."""
        return replace(
            self,
            certificate=certificate or self.certificate,
            client_certificate=client_certificate or self.client_certificate,
            proxy=proxy or self.proxy,
            trusted_hosts=self.trusted_hosts | trusted_hosts,
            plain_http=self.plain_http | plain_http,
            timeout=timeout or self.timeout,
        )

    def read(
        self,
        url: str,
        *,
        limit: int,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        auth: Auth | None = None,
        proxy: str | None = None,
        guard: Guard | None = None,
    ) -> bytes:
        """
        Return the content of *url*, *what* in messages, at most *limit* bytes.

        With a *body* that is what the server answers to it (POST); a question that fails is
        asked again. Raises NotFoundError where there is none and FetchError where it cannot
        be had. *proxy* is that of this request; empty for a direct connection. *guard* is
        called with each address that a redirect leads to, and raises where not to follow.
        """
        if not is_remote(url):
            return b"".join(_read_file(url, what=what, limit=limit))
        self._refuse_offline(url, what)
        request = _Request(
            url=url,
            what=what,
            headers=headers or {},
            auth=auth,
            proxy=proxy,
            body=body,
            guard=guard,
        )
        for attempt in range(self.failures):
            try:
                with self._open(request) as answer:
                    content = bytearray()
                    for chunk in _body(answer, limit=limit, request=request):
                        content += chunk
                    return bytes(content)
            except _TransientError as error:
                self._wait(error, attempt + 1, request)
        raise AssertionError  # the last _wait raises

    def headers(
        self,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        guard: Guard | None = None,
    ) -> Mapping[str, str]:
        """
        Return what the server says of *url*, a web address, without its content (HEAD).

        Names are in lower case. Raises NotFoundError where there is none and FetchError where
        the server cannot be asked.
        """
        self._refuse_offline(url, what)
        request = _Request(
            url=url,
            what=what,
            headers=headers or {},
            auth=auth,
            proxy=None,
            method="HEAD",
            guard=guard,
        )
        for attempt in range(self.failures):
            try:
                with self._open(request) as answer:
                    return {name.lower(): text for name, text in answer.response.headers.items()}
            except _TransientError as error:
                self._wait(error, attempt + 1, request)
        raise AssertionError  # the last _wait raises

    def send(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        limit: int = 1 << 20,
        patience: float = 0,
    ) -> Response:
        """
        Return how the server of *url*, a web address, answers to one request, whatever it says.

        Of its content there are at most *limit* bytes. The *headers* are sent as they are, and
        nothing that was not given goes with them; no redirect is followed, nothing is tried
        again. A *body* in pieces needs a `Content-Length`; where the server answers before it
        has all of them, the rest is not asked for. *patience* is how many seconds the answer
        may take. Raises CutError where the connection breaks and FetchError where it would
        break again.
        """
        import urllib3

        self._refuse_offline(url, what)
        request = _Request(url=url, what=what, headers=headers or {}, auth=None, proxy=None)
        try:
            response = self._pool(url, None).urlopen(
                method,
                url,
                body=body,
                headers={
                    "User-Agent": f"boxwright/{__version__}",
                    "Accept-Encoding": "identity",
                    **request.headers,
                },
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(
                    # urllib3 sends with the patience that it connects with.
                    connect=self.timeout if body else min(20, self.timeout),
                    read=max(patience, self.timeout),
                ),
            )
            try:
                content = bytearray()
                for chunk in response.stream(1 << 16, decode_content=False):
                    content += chunk[: limit - len(content)]
                    if len(content) >= limit:
                        break
            finally:
                # What was not read to its end cannot be used again.
                response.close()
                response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, urllib3.exceptions.HTTPError):
                explained = _explained(error, request)
            else:
                explained = _TransientError("the connection was cut")
            if isinstance(explained, FetchError):
                raise explained from error
            raise CutError(
                f"{what}: `{redact(url)}` does not answer: {explained}",
                hint="check the network and the proxy settings, then try again",
            ) from error
        return Response(
            status=response.status,
            headers={name.lower(): text for name, text in response.headers.items()},
            content=bytes(content),
        )

    def download(
        self,
        url: str,
        *,
        digest: Digest | None,
        size: int,
        cache: Cache,
        what: str,
        progress: Progress | None = None,
        auth: Auth | None = None,
        proxy: str | None = None,
    ) -> Path:
        """
        Return the file of the blob *digest* in *cache*, fetched from *url* if need be.

        *digest* is None and *size* 0 where they are not known. A connection that is cut
        is taken up where it broke. Raises DigestMismatchError where the content is not
        the promised one; then nothing is kept.
        """
        if digest and (found := cache.find(digest)):
            return found
        if is_remote(url):
            self._refuse_offline(url, what)
        request = _Request(url=url, what=what, headers={}, auth=auth, proxy=proxy)
        if progress:
            progress.start(what, size or None)
        while True:
            resumed = False
            with cache.writer() as writer:
                chunks = (
                    self._resumable(request, size=size)
                    if is_remote(url)
                    else (
                        (chunk, False)
                        for chunk in _read_file(url, what=what, limit=size, exact=True)
                    )
                )
                for chunk, again in chunks:
                    resumed = resumed or again
                    writer.write(chunk)
                    if progress:
                        progress.advance(what, len(chunk))
                try:
                    kept = writer.commit(digest, what=what)
                except DigestMismatchError:
                    # The parts may be of two versions of the file: once more, in one piece.
                    if not resumed:
                        raise
                    if progress:
                        progress.start(what, size or None)
                    continue
            if progress:
                progress.finish(what, readable_size(writer.size))
            return cache.blob_path(kept)

    def stream(
        self,
        url: str,
        *,
        size: int,
        what: str,
        start: int = 0,
        headers: Mapping[str, str] | None = None,
        guard: Guard | None = None,
    ) -> Iterator[bytes]:
        """
        Yield the content of *url*, a web address, from its byte *start* on, piece by piece.

        It has *size* bytes altogether. A connection that is cut is taken up where it broke;
        nothing is kept, and that the content is the promised one is left to the caller.
        *guard* is that of `read`.
        """
        self._refuse_offline(url, what)
        request = _Request(
            url=url, what=what, headers=headers or {}, auth=None, proxy=None, guard=guard
        )
        for chunk, _ in self._resumable(request, size=size, start=start):
            yield chunk

    def _resumable(
        self, request: _Request, *, size: int, start: int = 0
    ) -> Iterator[tuple[bytes, bool]]:
        """Yield the body from *start* on in pieces, each with whether it came after a cut."""
        done = start
        failures = resumptions = 0
        validator = ""
        ranges = True
        while True:
            before = done
            begin = done if ranges else 0
            try:
                with self._open(request, start=begin, validator=validator) as answer:
                    validator = answer.validator
                    skip = done - answer.start
                    for chunk in _body(answer, limit=size, request=request, exact=True):
                        fresh = chunk[skip:]
                        skip = max(0, skip - len(chunk))
                        done += len(fresh)
                        if fresh:
                            yield fresh, resumptions > 0
                    return
            except _UnrangedError:
                if not begin:
                    raise
                # Not every server knows `100-`; all of it is read again then, up to there.
                ranges = False
            except _TransientError as error:
                resumptions += 1
                failures = 1 if done > before else failures + 1
                if resumptions > _RESUMPTIONS:
                    failures = self.failures
                self._wait(error, failures, request)

    def _wait(self, error: _TransientError, failures: int, request: _Request) -> None:
        if failures >= self.failures:
            raise FetchError(
                f"{request.what} cannot be fetched from `{redact(request.url)}`: {error}",
                hint="check the network, the proxy settings and the address, then try again",
            ) from error
        time.sleep(min(_LONGEST_WAIT, max(error.wait, self.backoff * 2 ** (failures - 1))))

    def _refuse_offline(self, url: str, what: str) -> None:
        if self.offline:
            raise FetchError(
                f"{what} is not in the cache, and `--offline` forbids to fetch `{redact(url)}`",
                hint="run once without `--offline` to fill the cache",
            )

    @contextlib.contextmanager
    def _open(self, request: _Request, *, start: int = 0, validator: str = "") -> Iterator[_Answer]:
        """Follow redirects to the answer that has the body."""
        import urllib3

        url = request.url
        headers = {
            "User-Agent": f"boxwright/{__version__}",
            # Digests and sizes are those of the file, not of a packed transfer.
            "Accept-Encoding": "identity",
            **request.headers,
        }
        if start:
            headers["Range"] = f"bytes={start}-"
            if validator:
                headers["If-Range"] = validator
        auth = request.auth
        for _ in range(_HOPS):
            bare, credentials = self._credentials(url, auth)
            sent = dict(headers)
            if credentials and "authorization" not in {name.lower() for name in sent}:
                token = base64.b64encode(":".join(credentials).encode()).decode()
                sent["Authorization"] = f"Basic {token}"
            try:
                response = self._pool(bare, request.proxy).urlopen(
                    request.method if request.body is None else "POST",
                    bare,
                    body=request.body,
                    headers=sent,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    timeout=urllib3.Timeout(connect=min(20, self.timeout), read=self.timeout),
                )
            except urllib3.exceptions.HTTPError as error:
                raise _explained(error, request) from error
            try:
                if response.status in _REDIRECTS:
                    target = _redirected(bare, response, request)
                    if request.guard:
                        request.guard(target)
                    if _origin(target) != _origin(bare):
                        if request.body is not None:
                            raise _sent_elsewhere(request)
                        auth = None
                        headers = {
                            name: value
                            for name, value in headers.items()
                            if name.lower() not in _SECRET_HEADERS
                        }
                    url = target
                    continue
                _check_status(response, request)
                yield _answer(response, start)
                return
            finally:
                # What was not read to its end cannot be used again.
                response.close()
                response.release_conn()
        raise FetchError(
            f"{request.what}: `{redact(request.url)}` redirects more than {_HOPS} times",
            hint="check the address of the index or mirror",
        )

    def _credentials(self, url: str, auth: Auth | None) -> tuple[str, Auth | None]:
        """Return *url* without user and password, and which to send."""
        parts = _split(url)
        bare = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if auth:
            return bare, auth
        if parts.username is not None:
            unquote = urllib.parse.unquote
            return bare, (unquote(parts.username), unquote(parts.password or ""))
        return bare, self.netrc_auth(parts.hostname or "")

    def netrc_auth(self, host: str) -> Auth | None:
        """Return what the netrc file says for *host*."""
        if not self._netrc or host not in self._netrc.hosts:
            return None
        login, account, password = self._netrc.hosts[host]
        return (login or account or "", password or "")

    @functools.cached_property
    def _netrc(self) -> netrc.netrc | None:
        path = (
            self.environ.get("NETRC") or Path(self.environ.get("HOME", "~")).expanduser() / ".netrc"
        )
        try:
            return netrc.netrc(str(path))
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            # It belongs to other programs, and most of what we fetch needs no credentials.
            return None

    def _pool(self, url: str, proxy: str | None) -> urllib3.PoolManager:
        parts = _split(url)
        host = parts.hostname or ""
        trusted = bool({host, f"{host}:{parts.port}"} & self.trusted_hosts)
        chosen = proxy if proxy is not None else self._proxy_for(parts.scheme, host, parts.port)
        # Plain HTTP needs no authorities; reading them takes longer than many requests.
        secure = parts.scheme == "https" or chosen.startswith("https")
        key = (chosen, trusted, secure)
        pools: dict[tuple[str, bool, bool], urllib3.PoolManager] = self._pools
        if key not in pools:
            pools[key] = self._new_pool(chosen, trusted=trusted, secure=secure)
        return pools[key]

    @functools.cached_property
    def _pools(self) -> dict[tuple[str, bool, bool], urllib3.PoolManager]:
        return {}

    def _new_pool(self, proxy: str, *, trusted: bool, secure: bool) -> urllib3.PoolManager:
        import urllib3

        from boxwright.store.connections import listening

        context = None
        if secure:
            context = self._context
            if trusted:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        if not proxy:
            return listening(urllib3.PoolManager(maxsize=8, ssl_context=context))
        if "://" not in proxy:
            proxy = f"http://{proxy}"
        parts = _split(proxy)
        if parts.scheme.startswith("socks"):
            try:
                from urllib3.contrib.socks import SOCKSProxyManager
            except ImportError as error:
                raise FetchError(
                    f"the proxy `{redact_any(proxy)}` needs the package `PySocks`",
                    hint="install it beside boxwright: `pip install pysocks`",
                ) from error
            # Its connections are of its own kind, and are left as they are.
            return SOCKSProxyManager(proxy, maxsize=8, ssl_context=context)
        headers = None
        if parts.username is not None:
            unquote = urllib.parse.unquote
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers = urllib3.make_headers(proxy_basic_auth=credentials)
        return listening(
            urllib3.ProxyManager(
                urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
                maxsize=8,
                ssl_context=context,
                proxy_headers=headers,
            )
        )

    def _proxy_for(self, scheme: str, host: str, port: int | None) -> str:
        """Return the proxy for *host*, empty for none."""
        if self._bypasses_proxy(host, port):
            return ""
        if self.proxy:
            return self.proxy
        for name in (f"{scheme}_proxy", "all_proxy"):
            # The upper-case HTTP_PROXY of a CGI program is a header of its client.
            names = (name,) if "REQUEST_METHOD" in self.environ else (name, name.upper())
            for spelling in names:
                if value := self.environ.get(spelling):
                    return value
        return ""

    def _bypasses_proxy(self, host: str, port: int | None) -> bool:
        no_proxy = self.environ.get("no_proxy") or self.environ.get("NO_PROXY") or ""
        address = None
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(host)
        for entry in filter(None, (entry.strip().lower() for entry in no_proxy.split(","))):
            if entry in ("*", host, f"{host}:{port}"):
                return True
            if address:
                with contextlib.suppress(ValueError):
                    if address in ipaddress.ip_network(entry, strict=False):
                        return True
            elif host.endswith(f".{entry.lstrip('*.')}"):
                return True
        return False

    @functools.cached_property
    def _context(self) -> ssl.SSLContext:
        """The system's authorities and all that were named besides."""
        context = ssl.create_default_context()
        bundles = [(self.certificate, "the setting `cert`")] if self.certificate else []
        bundles += [(self.environ[name], name) for name in _BUNDLES if self.environ.get(name)]
        for path, origin in bundles:
            where = Path(path).expanduser()
            try:
                if where.is_dir():
                    context.load_verify_locations(capath=where)
                else:
                    context.load_verify_locations(cafile=where)
            except OSError as error:
                raise FetchError(
                    f"the certificates of {origin}, `{path}`, cannot be read: "
                    f"{error.strerror or error}",
                    hint="name a file of certificates in PEM format",
                ) from error
        for folder in (self.environ.get("SSL_CERT_DIR") or "").split(os.pathsep):
            if folder and Path(folder).is_dir():
                context.load_verify_locations(capath=folder)
        paths = ssl.get_default_verify_paths()
        if not (bundles or paths.cafile or paths.capath):
            _load_bundled(context)
        if self.client_certificate:
            try:
                context.load_cert_chain(Path(self.client_certificate).expanduser())
            except OSError as error:
                raise FetchError(
                    f"the client certificate `{self.client_certificate}` cannot be read: "
                    f"{error.strerror or error}",
                    hint="name a file that holds certificate and key in PEM format",
                ) from error
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    url: str
    what: str
    headers: Mapping[str, str]
    auth: Auth | None
    proxy: str | None
    method: str = "GET"
    body: bytes | None = None
    """What is sent; then it is a POST."""
    guard: Guard | None = None


def readable_size(size: int) -> str:
    """
    Return *size* in bytes as people read it.

    >>> readable_size(18_240_000)
    '18.2 MB'
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    units = ["GB", "MB", "kB"]
    unit = ""
    while units and value >= 999.95:
        value /= 1000
        unit = units.pop()
    return f"{value:.1f} {unit}"


def redact_any(url: str) -> str:
    """
    Return *url* of any scheme without its credentials.

    >>> redact_any("socks5://user:secret@host:1080")
    'socks5://host:1080'
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url.rpartition("@")[2]
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _split(url: str) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018 (it is read to be checked)
    except ValueError as error:
        raise FetchError(
            f"`{redact_any(url)}` is no URL: {error}", hint="check the addresses in the settings"
        ) from error
    return parts


def _origin(url: str) -> tuple[str, str, int]:
    parts = _split(url)
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _read_file(url: str, *, what: str, limit: int, exact: bool = False) -> Iterator[bytes]:
    path = local_path(url)
    done = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                done += len(chunk)
                if done > limit and (limit or not exact):
                    raise _oversized(what, url, limit, exact=exact)
                yield chunk
    except FileNotFoundError as error:
        raise NotFoundError(
            f"{what} is not at `{path}`", hint="check the folder in the settings"
        ) from error
    except OSError as error:
        raise FetchError(
            f"{what} cannot be read from `{path}`: {error.strerror or error}",
            hint="check the file and its permissions",
        ) from error


def _oversized(what: str, url: str, limit: int, *, exact: bool) -> FetchError:
    promise = f"the promised {limit} bytes" if exact else f"{limit} bytes, the most it may have"
    return FetchError(
        f"{what} at `{redact(url)}` has more than {promise}",
        hint="check the address; if the source is right, lock it again",
    )


def _body(
    answer: _Answer, *, limit: int, request: _Request, exact: bool = False
) -> Iterator[bytes]:
    """Yield the body; *exact* where the whole has to have *limit* bytes (0: not known)."""
    import urllib3

    if answer.total is not None and limit and answer.total > limit:
        raise _oversized(request.what, request.url, limit, exact=exact)
    position = answer.start
    try:
        for chunk in answer.response.stream(_CHUNK, decode_content=False):
            position += len(chunk)
            if position > limit and (limit or not exact):
                raise _oversized(request.what, request.url, limit, exact=exact)
            yield chunk
    except urllib3.exceptions.HTTPError as error:
        raise _explained(error, request) from error
    except OSError as error:
        raise _TransientError(f"the connection broke ({error})") from error
    if answer.total is not None and position < answer.total:
        raise _TransientError(f"the connection ended after {position} of {answer.total} bytes")


def _answer(response: urllib3.BaseHTTPResponse, start: int) -> _Answer:
    begin, total = 0, None
    if response.status == 206:
        # Content-Range: bytes 100-199/200
        span, _, whole = response.headers.get("Content-Range", "").partition("/")
        first = span.removeprefix("bytes").strip().partition("-")[0]
        begin = int(first) if first.isdigit() else -1
        if begin < 0 or begin > start:
            raise _TransientError("the server answered with another range")
        total = int(whole) if whole.isdigit() else None
    else:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdigit() else None
    tag = response.headers.get("ETag", "")
    # RFC 9110, 13.1.5: a weak validator must not be used in If-Range.
    validator = "" if tag.startswith("W/") else tag
    return _Answer(response=response, start=begin, total=total, validator=validator)


def _redirected(url: str, response: urllib3.BaseHTTPResponse, request: _Request) -> str:
    target = urllib.parse.urljoin(url, response.headers.get("Location", ""))
    parts = _split(target)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(
            f"{request.what}: `{redact(url)}` redirects to what is no web address",
            hint="check the address of the index or mirror",
        )
    if url.lower().startswith("https:") and parts.scheme == "http":
        raise FetchError(
            f"{request.what}: `{redact(url)}` redirects to an unencrypted address",
            hint="use an index or mirror that stays on https",
        )
    # A redirect is no place for credentials.
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _sent_elsewhere(request: _Request) -> FetchError:
    return FetchError(
        f"{request.what}: `{redact(request.url)}` sends on to another host what it is asked",
        hint="check the address",
    )


def _check_status(response: urllib3.BaseHTTPResponse, request: _Request) -> None:
    status = response.status
    if status in (200, 206):
        return
    where = f"`{redact(request.url)}`"
    if status in _TRANSIENT:
        after = response.headers.get("Retry-After", "")
        raise _TransientError(f"status {status}", wait=float(after) if after.isdigit() else 0)
    if status in (404, 410):
        raise NotFoundError(
            f"{request.what} is not at {where} (status {status})",
            hint="check the address of the index or mirror; what was locked may be gone from it",
        )
    if status in (401, 403):
        raise RefusedError(
            f"{request.what}: {where} refuses access (status {status})",
            hint="give credentials in netrc, in the URL of the index or in UV_INDEX_<NAME>_USERNAME "
            "and UV_INDEX_<NAME>_PASSWORD",
            challenge=response.headers.get("WWW-Authenticate", ""),
            body=_beginning(response),
            date=response.headers.get("Date", ""),
        )
    if status == 407:
        raise FetchError(
            f"{request.what}: the proxy asks for credentials (status 407)",
            hint="put them into the proxy's URL: `http://user:password@host:port`",
        )
    error = _UnrangedError if status == 416 else FetchError
    raise error(
        f"{request.what}: {where} answers with status {status}",
        hint="check the address of the index or mirror",
    )


def _beginning(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the beginning of what the server says with an error; it may say nothing."""
    import urllib3

    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
        return response.read(_WORDS, decode_content=False)
    return b""


def _explained(error: urllib3.exceptions.HTTPError, request: _Request) -> Exception:
    """Return what to raise for *error*: a FetchError where trying again is no use."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error):
        return FetchError(
            f"{request.what}: the certificate of `{redact(request.url)}` is not trusted",
            hint="if it is your organisation's, set SSL_CERT_FILE to the bundle of its authority",
        )
    if isinstance(error, exceptions.LocationValueError):
        return FetchError(
            f"{request.what}: `{redact(request.url)}` is no address",
            hint="check the addresses in the settings",
        )
    # The class's name, never its text: that may hold a proxy's URL with its password.
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.NameResolutionError, "its name is not known here"),
        (exceptions.ProxyError, "the proxy gives no connection"),
        (exceptions.NewConnectionError, "no connection"),
        (exceptions.ConnectTimeoutError, "no connection in time"),
        (exceptions.ReadTimeoutError, "no bytes in time"),
        (exceptions.SSLError, "the encrypted connection failed"),
        (exceptions.ProtocolError, "the connection was cut"),
    )
    for kind, reason in reasons:
        if isinstance(error, kind):
            return _TransientError(reason)
    return _TransientError(type(error).__name__)


def _load_bundled(context: ssl.SSLContext) -> None:
    """Load the authorities that come with certifi or pip, where the system has none."""
    for name in ("certifi", "pip._vendor.certifi"):
        with contextlib.suppress(ImportError, AttributeError):
            module = __import__(name, fromlist=["where"])
            context.load_verify_locations(cafile=module.where())
            return
