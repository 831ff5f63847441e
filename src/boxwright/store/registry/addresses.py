"""Where a registry may send us: not into networks that it is not in itself."""

from __future__ import annotations

import ipaddress
import socket
import urllib.parse

from boxwright.errors import FetchError, StoreError
from boxwright.store.transport import redact

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_address(target: str, registry: str) -> None:
    """
    Raise FetchError where the address *target*, which *registry* named, must not be asked.

    A registry that everybody reaches could have us ask the services of this machine or of
    this network for it. *registry* is a web address itself.
    """
    there, here = urllib.parse.urlsplit(target), urllib.parse.urlsplit(registry)
    if there.scheme not in ("http", "https") or not there.hostname:
        raise FetchError(
            f"`{redact(registry)}` sends on to what is no web address",
            hint="check the image's name",
        )
    if here.scheme == "https" and there.scheme == "http":
        raise FetchError(
            f"`{redact(registry)}` sends on to the unencrypted address `{redact(target)}`",
            hint="a proxy before the registry has to tell it that it is reached by https"
            " (`X-Forwarded-Proto`), or the registry has to give relative addresses"
            " (`relativeurls` in docker-registry's settings)",
        )
    if there.hostname == here.hostname:
        return
    near = _nearness(there.hostname)
    if near and near not in _reach(here.hostname or ""):
        raise FetchError(
            f"`{redact(registry)}` sends on to `{redact(target)}`, a {near} address",
            hint="a registry that is not in that network itself must not lead into it",
        )


def absolute(location: str, base: str) -> str:
    """Return the address that *location*, a header of the answer to *base*, names."""
    try:
        target = urllib.parse.urljoin(base, location)
        parts = urllib.parse.urlsplit(target)
        parts.port  # noqa: B018 (it is read to be checked)
    except ValueError as error:
        raise StoreError(
            f"`{redact(base)}` sends on to what is no web address", hint="check the image's name"
        ) from error
    if "@" not in parts.netloc:
        return target
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def is_same_origin(one: str, other: str) -> bool:
    """
    Return whether what may be told to the server of *one* may be told to that of *other*.

    >>> is_same_origin("https://a.example/v2/", "https://a.example:443/upload?x=1")
    True
    >>> is_same_origin("https://a.example/v2/", "https://a.example.org/upload")
    False
    """
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urllib.parse.urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname or "", parts.port or default


def _reach(host: str) -> frozenset[str]:
    """Return which near networks a registry at *host* may name."""
    near = _nearness(host)
    if near == "link-local":
        return frozenset({"link-local"})
    if near == "loopback":
        return frozenset({"loopback", "private"})
    return frozenset({"private"}) if near == "private" else frozenset()


def _nearness(host: str) -> str:
    """Return which near network *host* is in; empty for the one that all are in."""
    found = {_network(address) for address in _addresses(host)}
    return next((near for near in ("link-local", "loopback", "private") if near in found), "")


def _network(address: Address) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        # The same machine by another name: ::ffff:127.0.0.1, 64:ff9b::7f00:1.
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    if address.is_link_local:
        return "link-local"
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    return "" if address.is_global else "private"


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _addresses(host: str) -> list[Address]:
    """Return the addresses of *host*, none where only a proxy may know them."""
    try:
        return [ipaddress.ip_address(host.partition("%")[0])]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
