"""Whether a registry is there, knows us, and lets us pull and push; nothing is uploaded."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result
from boxwright.errors import BoxwrightError, FetchError
from boxwright.oci.reference import Reference
from boxwright.store.registry.auth import Access
from boxwright.store.registry.client import address_of
from boxwright.store.transport import NotFoundError, RefusedError, Transport

_REGISTRY = Area("registry")
_LARGEST = 1 << 20
_SKEW = 60
"""Seconds between two clocks from which on tokens may be refused."""
_FAR = 300
"""Seconds from which on they are."""


def check_registry(host: Host, reference: Reference, transport: Transport) -> Iterator[Result]:
    """Yield what is to be said of the registry of *reference*, and of its repository there."""
    name = reference.registry
    try:
        root = address_of(reference, transport).partition("/v2/")[0]
        date = _reached(f"{root}/v2/", name, transport)
    except BoxwrightError as error:
        yield _REGISTRY.failure(name, error.message, error.hint)
        return
    safe = "in the clear" if root.startswith("http:") else "encrypted"
    yield _REGISTRY.ok(name, f"it answers, {safe}")
    yield from _clock(host, name, date)
    yield from _pull(reference, transport)
    yield from _push(reference, transport)


def _reached(url: str, name: str, transport: Transport) -> str:
    """Return what time the registry says it is; it may refuse, but has to answer."""
    what = "an answer of the registry"
    try:
        transport.read(url, limit=_LARGEST, what=what)
        return transport.headers(url, what=what).get("date", "")
    except RefusedError as refused:
        return refused.date
    except NotFoundError as error:
        raise FetchError(
            f"`{name}` answers, but is no registry: there is nothing at `/v2/`",
            hint="check the name of the registry, and its port",
        ) from error
    except FetchError as error:
        # Most of what the transport fetches is of indexes, and its hints say so.
        hint = error.hint
        if "index" in hint:
            hint = "check the registry's name, the network and the proxy settings"
        raise FetchError(error.message, hint=hint) from error


def _clock(host: Host, name: str, date: str) -> Iterator[Result]:
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    skew = round((host.now - there).total_seconds())
    seen = f"{abs(skew)} seconds {'ahead of' if skew > 0 else 'behind'} that of `{name}`"
    hint = "set this machine's clock (`timedatectl set-ntp true`)"
    if abs(skew) > _FAR:
        yield _REGISTRY.failure("clock", f"{seen}: tokens and certificates are refused", hint)
    elif abs(skew) > _SKEW:
        yield _REGISTRY.warning("clock", f"{seen}: tokens may be refused", hint)
    else:
        yield _REGISTRY.ok("clock", f"as that of `{name}`")


def _pull(reference: Reference, transport: Transport) -> Iterator[Result]:
    what = f"pull from {reference.repository}"
    access = Access(reference, transport)
    try:
        _let_in(reference, access, transport)
    except NotFoundError:
        yield _REGISTRY.ok(
            what,
            f"{_known_as(access)}; the repository is not there yet",
            "the first push makes it, but in registries that want it made by hand (AWS, Google)",
        )
    except BoxwrightError as error:
        yield _REGISTRY.failure(what, error.message, error.hint)
    else:
        yield _REGISTRY.ok(what, _known_as(access))


def _push(reference: Reference, transport: Transport) -> Iterator[Result]:
    what = f"push to {reference.repository}"
    access = Access(reference, transport, "pull,push")
    try:
        _let_in(reference, access, transport)
    except NotFoundError:
        pass
    except BoxwrightError as error:
        yield _REGISTRY.failure(what, error.message, error.hint)
        return
    known = access.search is not None and access.search.credentials is not None
    kind, _, token = access.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        allowed = granted(token, reference.repository)
        if allowed is None:
            seen = f"{_known_as(access)}; the token does not tell what it is good for"
            yield _REGISTRY.unknown(what, seen, "the first push will show it")
        elif "push" in allowed or "*" in allowed:
            yield _REGISTRY.ok(what, _known_as(access))
        else:
            held = ", ".join(sorted(allowed)) or "nothing"
            hint = (
                "have the account be given the right to push there"
                if known
                else f"give credentials: `docker login {reference.registry}`"
            )
            yield _REGISTRY.failure(
                what, f"{_known_as(access)}; the token is good for {held} only", hint
            )
        return
    seen = "it asks for no credentials to read"
    if kind:
        seen = f"{_known_as(access)}; a password does not tell what it is good for"
    yield _REGISTRY.unknown(what, seen, "the first push will show it")


def granted(token: str, repository: str) -> frozenset[str] | None:
    """
    Return what *token* lets its bearer do in *repository*; None where it does not tell.

    It is that of distribution's token authentication: a JWT with a claim `access`.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, RecursionError):
        return None
    entries = claims.get("access") if isinstance(claims, dict) else None
    if not isinstance(entries, list):
        return None
    found: set[str] = set()
    for entry in entries:
        if isinstance(entry, dict) and entry.get("name") == repository:
            actions = entry.get("actions")
            found.update(str(action) for action in (actions if isinstance(actions, list) else ()))
    return frozenset(found)


def _let_in(reference: Reference, access: Access, transport: Transport) -> None:
    """Ask for the tags of *reference*, once without and once with what the registry asks for."""
    url = f"{address_of(reference, transport)}/tags/list?n=1"
    what = f"the tags of `{reference.registry}/{reference.repository}`"
    for _ in range(3):
        sent = access.headers
        try:
            transport.read(url, limit=_LARGEST, what=what, headers=sent)
        except RefusedError as refused:
            access.renew(refused, sent)
        else:
            return
    raise access.no_access()


def _known_as(access: Access) -> str:
    found = access.search.credentials if access.search else None
    if found is None:
        return "without credentials"
    return "with an identity token" if found.identity_token else f"as `{found.user}`"
