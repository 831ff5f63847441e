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

from boxwright.errors import FetchError, SettingsError, StoreError
from boxwright.oci.reference import Reference
from boxwright.store.registry.addresses import check_address
from boxwright.store.registry.challenge import Challenge, parse_challenges
from boxwright.store.registry.clouds import cloud_of
from boxwright.store.registry.credentials import Search, look_for_credentials
from boxwright.store.registry.programs import Credentials
from boxwright.store.registry.said import what_it_says
from boxwright.store.transport import RefusedError, Transport

PLAIN_HTTP = "BOXWRIGHT_PLAIN_HTTP"
"""The variable that names registries which are spoken to in plain HTTP, with commas between."""
_LARGEST = 1 << 20
_TOKEN = re.compile(r"[\x21-\x7e]+")
_SCOPE = re.compile(r"[\x21-\x7e]{1,1000}")
_MOST_SCOPES = 16
_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


class Access:
    """
    What is sent along with requests about the repository of *reference*.

    *actions* are those of the token's scope: `pull`, or `pull,push`. It may pull from the
    repositories *sources* of the same registry, too, where the registry gives a token for
    them. May be used from several threads.
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
        self._scope = _scope(reference.repository, actions)
        # In a token's address there is no room for any number of them.
        self._more = tuple(_scope(source, "pull") for source in sources[:_MOST_SCOPES])
        self._headers: Mapping[str, str] = {}
        self._search: Search | None = None
        self._lock = threading.Lock()

    @property
    def headers(self) -> Mapping[str, str]:
        """What to send now; nothing, until the registry has asked for something."""
        return self._headers

    @property
    def search(self) -> Search | None:
        """The credentials that were looked for; None as long as none were needed."""
        return self._search

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no answer may have us repeat: what is sent, and what that is made of."""
        sent = self._headers.get("Authorization", "").partition(" ")[2]
        known = self._search.credentials if self._search else None
        if known is None:
            return (sent,)
        return (sent, known.password, known.identity_token, _packed(known))

    def renew(self, refused: RefusedError, sent: Mapping[str, str]) -> None:
        """
        Get what the challenge of *refused* asks for, after *sent* was not enough.

        Raises StoreError where there is nothing that could be better.
        """
        with self._lock:
            if self._headers is not sent:
                return  # another thread was refused, too, and has asked since
            challenges = {it.scheme: it for it in reversed(parse_challenges(refused.challenge))}
            if bearer := challenges.get("bearer"):
                self._headers = {"Authorization": f"Bearer {self._token(bearer, refused)}"}
            elif not sent and ("basic" in challenges or not challenges):
                # Some registries ask for nothing, and take a password all the same.
                self._headers = {"Authorization": f"Basic {self._password(refused)}"}
            else:
                raise self._no_access(refused)

    def no_access(self, cause: RefusedError | None = None) -> StoreError:
        """Return the error that says that the registry refuses access."""
        with self._lock:
            return self._no_access(cause)

    def _no_access(self, cause: RefusedError | None) -> StoreError:
        host = self._reference.registry
        cloud = cloud_of(host)
        log_in = f"`docker login {host}`" + (f" or {cloud.log_in}" if cloud else "")
        found = self._search
        if found and found.credentials:
            hint = f"the registry does not take the credentials: {log_in} again"
        else:
            hint = f"check the image's name, or give credentials: {log_in}, or netrc"
        if found and found.problems:
            hint += f"; {'; '.join(found.problems)}"
        said = what_it_says(cause.body, secrets=self.secrets) if cause else ""
        error = StoreError(
            f"`{self._reference.familiar}`: the registry refuses access"
            + (f" ({said})" if said else ""),
            hint=hint,
        )
        error.__cause__ = cause
        return error

    def _token(self, challenge: Challenge, refused: RefusedError) -> str:
        """Return a token from where the registry's challenge says."""
        realm = challenge.parameters.get("realm", "")
        parts = urllib.parse.urlsplit(realm)
        if parts.scheme != "https" and not (
            parts.scheme == "http" and speaks_plain_http(parts.netloc, self._transport)
        ):
            raise self._no_access(refused)
        self._guard(realm)
        known = self._find().credentials
        scopes = self._scopes(challenge)
        try:
            return self._asked_token(challenge, scopes, known)
        except RefusedError as error:
            if not self._more:
                raise self._no_access(error) from error
        # It may be the other repositories that are not ours: what is theirs is not mounted.
        self._more = ()
        try:
            return self._asked_token(challenge, self._scopes(challenge), known)
        except RefusedError as error:
            raise self._no_access(error) from error

    def _guard(self, target: str) -> None:
        """Raise StoreError where *target* is in a network that the registry must not lead into."""
        host = self._reference.registry
        scheme = "http" if speaks_plain_http(host, self._transport) else "https"
        try:
            check_address(target, f"{scheme}://{host}/")
        except FetchError as error:
            raise StoreError(error.message, hint=error.hint) from error

    def _scopes(self, challenge: Challenge) -> list[str]:
        """Return what the token is to be good for: what is wanted, and what the registry names."""
        scopes = [self._scope, *self._more]
        for named in challenge.parameters.get("scope", "").split()[:_MOST_SCOPES]:
            # A registry behind another knows its repositories by other names.
            if _SCOPE.fullmatch(named) and not any(_includes(scope, named) for scope in scopes):
                scopes.append(named)
        return scopes

    def _asked_token(
        self, challenge: Challenge, scopes: list[str], known: Credentials | None
    ) -> str:
        """Return a token for *scopes*; RefusedError where it is not given for them."""
        what = f"a token for `{self._reference.familiar}`"
        realm = challenge.parameters["realm"]
        service = challenge.parameters.get("service")
        query = [("service", service)] if service is not None else []
        try:
            if known and known.identity_token:
                query += [
                    ("scope", " ".join(scopes)),
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
                    guard=self._guard,
                )
            else:
                query += [("scope", scope) for scope in scopes]
                separator = "&" if urllib.parse.urlsplit(realm).query else "?"
                content = self._transport.read(
                    f"{realm}{separator}{urllib.parse.urlencode(query)}",
                    limit=_LARGEST,
                    what=what,
                    auth=(known.user, known.password) if known else None,
                    guard=self._guard,
                )
        except RefusedError:
            raise
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
            raise self._no_access(refused)
        return _packed(known)

    def _find(self) -> Search:
        if self._search is None:
            self._search = look_for_credentials(
                self._reference.registry, self._reference.repository, self._transport.environ
            )
        return self._search


def _packed(known: Credentials) -> str:
    text = f"{known.user}:{known.password}"
    return base64.b64encode(text.encode(errors="surrogateescape")).decode()


def _scope(repository: str, actions: str) -> str:
    return f"repository:{repository}:{actions}"


def _includes(scope: str, other: str) -> bool:
    """
    Return whether a token for *scope* is good for *other*.

    >>> _includes("repository:a:pull,push", "repository:a:pull")
    True
    """
    place, _, actions = scope.rpartition(":")
    other_place, _, others = other.rpartition(":")
    return place == other_place and set(others.split(",")) <= set(actions.split(","))


def speaks_plain_http(host: str, transport: Transport) -> bool:
    """
    Return whether *host* is spoken to without encryption: this machine, or one that is named so.

    The names are those of *transport* and of BOXWRIGHT_PLAIN_HTTP.
    """
    if is_loopback(host):
        return True
    named = transport.environ.get(PLAIN_HTTP, "")
    hosts = {it.strip().lower() for it in named.split(",") if it.strip()}
    for name in hosts:
        if not _HOST.fullmatch(name):
            raise SettingsError(
                f"{PLAIN_HTTP}: `{name}` is no host",
                hint="write `host` or `host:port`, with commas between several",
            )
    return host.lower() in hosts | transport.plain_http


def is_loopback(host: str) -> bool:
    """
    Return whether *host*, with or without a port, is this machine, where nobody listens in.

    >>> is_loopback("localhost:5000"), is_loopback("localhost.example:5000")
    (True, False)
    """
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name in {"localhost", "127.0.0.1", "[::1]"}
