"""Where a registry may send us."""

from __future__ import annotations

import socket

import pytest

from boxwright.errors import FetchError
from boxwright.store.registry.addresses import absolute, check_address

NAMES = {
    "registry.example": ["93.184.216.34"],
    "storage.example": ["93.184.216.35", "2606:2800:220:1::1"],
    "inside.example": ["93.184.216.36", "10.0.0.7"],
    "registry.corp": ["10.1.2.3"],
    "metadata.corp": ["169.254.169.254"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the addresses of made-up hosts; others have none."""

    def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host not in NAMES:
            raise socket.gaierror
        return [(0, 0, 0, "", (address, 0)) for address in NAMES[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("registry", "target"),
    [
        ("registry.example", "registry.example/x"),
        ("registry.example", "registry.example:444/x"),
        ("registry.example", "storage.example/x"),
        ("registry.example", "8.8.8.8/x"),
        ("registry.example", "unknown.example/x"),
        ("registry.corp", "10.9.9.9/x"),
        ("registry.corp", "inside.example/x"),
        ("10.1.2.3:5000", "192.168.1.1/x"),
        ("127.0.0.1:5000", "127.0.0.1:9000/x"),
        ("localhost:5000", "localhost:9000/x"),
        ("127.0.0.1:5000", "10.0.0.1/x"),
        ("169.254.0.9", "169.254.0.9/x"),
    ],
)
def test_may_be_asked(registry: str, target: str) -> None:
    check_address(f"https://{target}", f"https://{registry}/v2/a")


@pytest.mark.parametrize(
    ("registry", "target", "near"),
    [
        ("registry.example", "127.0.0.1/x", "loopback"),
        ("registry.example", "0.0.0.0/x", "loopback"),
        ("registry.example", "[::1]/x", "loopback"),
        ("registry.example", "[::ffff:127.0.0.1]/x", "loopback"),
        ("registry.example", "[64:ff9b::7f00:1]/x", "loopback"),
        ("registry.example", "10.0.0.1/x", "private"),
        ("registry.example", "100.64.0.1/x", "private"),
        ("registry.example", "[fd00::1]/x", "private"),
        ("registry.example", "inside.example/x", "private"),
        ("registry.example", "169.254.169.254/x", "link-local"),
        ("registry.corp", "169.254.169.254/x", "link-local"),
        ("registry.corp", "metadata.corp/x", "link-local"),
        ("registry.corp", "127.0.0.1/x", "loopback"),
        ("127.0.0.1:5000", "169.254.169.254/x", "link-local"),
        ("unknown.example", "10.0.0.1/x", "private"),
    ],
)
def test_must_not_be_asked(registry: str, target: str, near: str) -> None:
    with pytest.raises(FetchError) as caught:
        check_address(f"https://{target}", f"https://{registry}/v2/a")

    assert caught.value.message == (
        f"`https://{registry}/v2/a` sends on to `https://{target}`, a {near} address"
    )


def test_what_is_encrypted_stays_so() -> None:
    with pytest.raises(FetchError) as caught:
        check_address("http://registry.example/x?secret=1", "https://registry.example/v2/a")

    assert caught.value.message == (
        "`https://registry.example/v2/a` sends on to the unencrypted address"
        " `http://registry.example/x`"
    )
    assert "X-Forwarded-Proto" in caught.value.hint


@pytest.mark.parametrize("target", ["ftp://storage.example/", "file:///etc/passwd", "https:///x"])
def test_other_schemes_are_not_asked(target: str) -> None:
    with pytest.raises(FetchError, match="no web address"):
        check_address(target, "https://registry.example/v2/a")


@pytest.mark.parametrize(
    ("location", "wanted"),
    [
        ("/v2/a/b?x=%2F&y", "https://registry.example/v2/a/b?x=%2F&y"),
        ("b", "https://registry.example/v2/b"),
        ("//storage.example/b", "https://storage.example/b"),
        ("https://storage.example/b;c?d=e%20f+g", "https://storage.example/b;c?d=e%20f+g"),
        ("https://user:word@storage.example/b", "https://storage.example/b"),
    ],
)
def test_an_address_is_as_the_registry_wrote_it(location: str, wanted: str) -> None:
    assert absolute(location, "https://registry.example/v2/a") == wanted
