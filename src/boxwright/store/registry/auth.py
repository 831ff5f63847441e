"""
How a registry lets us in: tokens as its challenge asks, or a password with each request.

Tokens last minutes: whoever is refused with one asks for the next (distribution-spec and
its token authentication; RFC 6750, RFC 7617).
"""

from __future__ import annotations

import base64
import re
import threading
import urllib.parse
from collections.abc import Mapping, Sequence

import msgspec

from boxwright.errors import FetchError, StoreError
from boxwright.oci.reference import Reference
from boxwright.store.registry.credentials import Search, look_for_credentials
from boxwright.store.transport import RefusedError, Transport

_LARGEST = 1 << 20
_TOKEN = re.compile(r"[\x21-\x7e]+")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Access:
    """
    What is sent along with requests about the repository of *reference*.

    *actions* are those of the token's scope: `pull`, or `pull,push`; it may pull from the
    repositories *sources* of the same registry, too. May be used from several threads.
    """

    def __init__(
        self,
        reference: Reference,
        transport: Transport,
        actions: str = "pull",
        *,
        sources: Sequence[str] = (),
    ) -> None:
        self._reference = reference
        self._transport = transport
        self._scopes = (
            f"repository:{reference.repository}:{actions}",
            *(f"repository:{source}:pull" for source in sources),
        )
        self._headers: Mapping[str, str] = {}
        self._search: Search | None = None
        self._lock = threading.Lock()

    @property
    def headers(self) -> Mapping[str, str]:
        """What to send now; nothing, until the registry has asked for something."""
        return self._headers

    def renew(self, refused: RefusedError, sent: Mapping[str, str]) -> None:
        """
        Get what the challenge of *refused* asks for, after *sent* was not enough.

        Raises StoreError where there is nothing that could be better.
        """
        with self._lock:
            if self._headers is not sent:
                return  # another thread was refused, too, and has asked since
            scheme, _, rest = refused.challenge.partition(" ")
            asked = dict(_PARAMETER.findall(rest))
            if scheme.lower() == "bearer":
                self._headers = {"Authorization": f"Bearer {self._token(asked, refused)}"}
            elif scheme.lower() == "basic" and not sent:
                self._headers = {"Authorization": f"Basic {self._password(refused)}"}
            else:
                raise self.no_access(refused)

    def no_access(self, cause: RefusedError | None = None) -> StoreError:
        """Return the error that says that the registry refuses access."""
        host = self._reference.registry
        found = self._search
        if found and found.credentials:
            hint = f"the registry does not take the credentials: `docker login {host}` again"
        else:
            hint = f"check the image's name, or give credentials: `docker login {host}`, or netrc"
        if found and found.problems:
            hint += f"; {'; '.join(found.problems)}"
        error = StoreError(f"`{self._reference.familiar}`: the registry refuses access", hint=hint)
        error.__cause__ = cause
        return error

    def _token(self, asked: Mapping[str, str], refused: RefusedError) -> str:
        """Return a token from where the registry's challenge says."""
        what = f"a token for `{self._reference.familiar}`"
        realm = asked.get("realm", "")
        parts = urllib.parse.urlsplit(realm)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.netloc)):
            raise self.no_access(refused)
        query: list[tuple[str, str]] = []
        if "service" in asked:
            query.append(("service", asked["service"]))
        found = self._find()
        known = found.credentials
        try:
            if known and known.identity_token:
                # As a form it is one text (RFC 6749, 3.3), in an address one parameter for each.
                query += [
                    ("scope", " ".join(self._scopes)),
                    ("grant_type", "refresh_token"),
                    ("client_id", "boxwright"),
                    ("refresh_token", known.identity_token),
                ]
                content = self._transport.read(
                    realm,
                    limit=_LARGEST,
                    what=what,
                    headers={"Content-Type": "application/x-www-form-urlencoded"},
                    body=urllib.parse.urlencode(query).encode(),
                )
            else:
                query += [("scope", scope) for scope in self._scopes]
                separator = "&" if parts.query else "?"
                content = self._transport.read(
                    f"{realm}{separator}{urllib.parse.urlencode(query)}",
                    limit=_LARGEST,
                    what=what,
                    auth=(known.user, known.password) if known else None,
                )
        except RefusedError as error:
            raise self.no_access(error) from error
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error
        try:
            answer = msgspec.json.decode(content, type=dict[str, object])
        except (msgspec.DecodeError, RecursionError) as error:
            raise StoreError(f"{what}: the registry's token is no JSON") from error
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise StoreError(f"{what}: the registry gives no token")
        return token

    def _password(self, refused: RefusedError) -> str:
        known = self._find().credentials
        if known is None or known.identity_token:
            raise self.no_access(refused)
        return base64.b64encode(f"{known.user}:{known.password}".encode()).decode()

    def _find(self) -> Search:
        if self._search is None:
            self._search = look_for_credentials(
                self._reference.registry, self._reference.repository, self._transport.environ
            )
        return self._search


def is_loopback(host: str) -> bool:
    """
    Return whether *host*, with or without a port, is this machine, where nobody listens in.

    >>> is_loopback("localhost:5000"), is_loopback("localhost.example:5000")
    (True, False)
    """
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name in {"localhost", "127.0.0.1", "[::1]"}
