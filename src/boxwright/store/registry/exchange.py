"""Requests to a registry: let in, repeated where that may help, and never sent astray."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterable, Mapping

from boxwright.errors import FetchError, StoreError
from boxwright.store.registry.addresses import absolute, check_address, is_same_origin
from boxwright.store.registry.auth import Access
from boxwright.store.registry.refusals import refusal
from boxwright.store.transport import CutError, RefusedError, Response, Transport

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
FAILURES = 6
"""Attempts without getting any further before we give up."""
MOST_REFUSALS = 2
"""How often access is asked for without getting any further."""
_LONGEST_WAIT = 60.0
_HOPS = 5
_FOLLOWED = frozenset({307, 308})
"""Redirects that keep the method."""
_FOLLOWED_TO_READ = _FOLLOWED | {301, 302, 303}


class Exchange:
    """
    Asks the registry that serves the repository at the address *url*, called *place* in errors.

    Credentials go to where that address is and to nowhere else. May be used from several
    threads.
    """

    def __init__(self, url: str, place: str, access: Access, transport: Transport) -> None:
        self.url = url
        self.place = place
        self.access = access
        self._transport = transport

    def ask(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 1 << 20,
        access: Access | None = None,
    ) -> Response:
        """
        Return the registry's answer, be it that there is no such thing or that it will not.

        Raises StoreError where it does not answer, or does not let us in. *access* is another
        than the usual one.
        """
        access = access or self.access
        failures = refusals = 0
        hops = _HOPS
        while True:
            sent = access.headers if self.is_ours(url) else {}
            response = None
            try:
                response = self._send(method, url, what, headers, sent, body, limit)
            except CutError as error:
                failures += 1
                if failures >= FAILURES:
                    raise self.lost(what, error) from error
                self.wait(failures)
                continue
            if response.status in TRANSIENT:
                failures += 1
                if failures >= FAILURES:
                    raise self.refused(response, what)
                self.wait(failures, response)
            elif response.status == 401 and self.is_ours(url):
                refusals += 1
                self.renew(access, response, sent, refusals)
            elif hops and (target := self._redirected(method, url, response)):
                hops -= 1
                url = target
            else:
                return response

    def ask_once(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str],
        body: Iterable[bytes],
        sent: Mapping[str, str],
        patience: float,
    ) -> Response:
        """
        Return the answer to a request whose *body* comes in pieces, which is not repeated.

        *sent* is what access gave. Raises CutError where the connection breaks, StoreError
        where it would break again.
        """
        credentials = sent if self.is_ours(url) else {}
        return self._send(method, url, what, headers, credentials, body, 1 << 20, patience)

    def is_ours(self, url: str) -> bool:
        """Return whether credentials for the registry may be sent to *url*."""
        return is_same_origin(url, self.url)

    def follow(self, location: str, base: str) -> str:
        """Return the address that *location*, named in an answer to *base*, is; checked."""
        target = absolute(location, base)
        try:
            check_address(target, self.url)
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error
        return target

    def renew(
        self, access: Access, response: Response, sent: Mapping[str, str], refusals: int
    ) -> None:
        """Get other credentials after *response* refused *sent*; StoreError where there are none."""
        refused = RefusedError(
            f"{self.place}: the registry refuses access",
            hint="",
            challenge=response.headers.get("www-authenticate", ""),
            body=response.content,
        )
        if refusals > MOST_REFUSALS:
            raise access.no_access(refused)
        access.renew(refused, sent)

    def wait(self, failures: int, response: Response | None = None) -> None:
        """Let some time pass after that many *failures*, as much as *response* asks for."""
        wish = _retry_after(response) if response else 0
        time.sleep(min(_LONGEST_WAIT, max(wish, self._transport.backoff * 2 ** (failures - 1))))

    def refused(self, response: Response, what: str) -> StoreError:
        """Return the error that *response* is."""
        return refusal(response, what=what, place=self.place, secrets=self.access.secrets)

    def lost(self, what: str, error: FetchError) -> StoreError:
        """Return the error that the registry cannot be reached."""
        return StoreError(
            f"{what}: `{self.place}` cannot be reached: {error.message.rpartition(': ')[2]}",
            hint=error.hint,
        )

    def _send(
        self,
        method: str,
        url: str,
        what: str,
        headers: Mapping[str, str] | None,
        credentials: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
        limit: int,
        patience: float = 0,
    ) -> Response:
        try:
            return self._transport.send(
                method,
                url,
                what=what,
                headers={**(headers or {}), **credentials},
                body=body,
                limit=limit,
                patience=patience,
            )
        except CutError:
            raise
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error

    def _redirected(self, method: str, url: str, response: Response) -> str:
        followed = _FOLLOWED_TO_READ if method in ("GET", "HEAD") else _FOLLOWED
        location = response.headers.get("location", "")
        if response.status not in followed or not location:
            return ""
        return self.follow(location, url)


def _retry_after(response: Response) -> float:
    """Return the seconds that *response* asks to wait (RFC 9110, 10.2.3)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = email.utils.parsedate_to_datetime(text)
        return max(0.0, when.timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0
