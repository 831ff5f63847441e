"""Access to registries: tokens for what is wanted, passwords where there are no tokens."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.store.registry.fakes import calls, program

from boxwright.errors import SettingsError, StoreError
from boxwright.oci.reference import parse_reference
from boxwright.store.registry.auth import Access, is_loopback, speaks_plain_http
from boxwright.store.registry.client import Repository
from boxwright.store.transport import RefusedError, Transport

BASIC = "Basic " + base64.b64encode(b"me:s3cret").decode()


@dataclass
class Tokens:
    """A token server on this machine."""

    host: str = ""
    forbidden: str = ""
    """A repository for which it gives nothing."""
    refuses: bytes = b""
    """What it says to everybody, if anything, instead of a token."""
    asked: list[tuple[list[str], str]] = field(default_factory=list)
    """Scopes and Authorization of each request."""

    def refusal(self, scope: str = "", scheme: str = "Bearer", body: bytes = b"") -> RefusedError:
        """Return how a registry with this token server refuses access."""
        challenge = f'{scheme} realm="http://{self.host}/token?a=b",service="registry"'
        if scope:
            challenge += f',scope="{scope}"'
        return RefusedError("refused", hint="", challenge=challenge, body=body)


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    state = Tokens()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            scopes = query.get("scope", [])
            state.asked.append((scopes, self.headers.get("Authorization", "")))
            forbidden = state.forbidden and any(state.forbidden in scope for scope in scopes)
            refused = bool(state.refuses or forbidden)
            body = state.refuses or json.dumps({"token": f"token-{len(state.asked)}"}).encode()
            self.send_response(403 if refused else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}


def access(
    environ: dict[str, str],
    actions: str = "pull",
    registry: str = "localhost:5000",
    sources: Sequence[str] = (),
) -> Access:
    reference = parse_reference(f"{registry}/team/api:1")
    transport = Transport(environ=environ, backoff=0.001)
    return Access(reference, transport, actions, sources=sources)


def named(environ: dict[str, str], registry: str = "localhost:5000") -> None:
    environ |= {
        "BOXWRIGHT_REGISTRY": registry,
        "BOXWRIGHT_REGISTRY_USER": "me",
        "BOXWRIGHT_REGISTRY_PASSWORD": "s3cret",
    }


def test_a_token_is_asked_for_what_is_wanted(tokens, environ) -> None:
    named(environ)
    door = access(environ, "pull,push")

    door.renew(tokens.refusal(), door.headers)

    assert tokens.asked == [(["repository:team/api:pull,push"], BASIC)]
    assert door.headers == {"Authorization": "Bearer token-1"}


@pytest.mark.parametrize(
    ("scope", "more"),
    [
        ("repository:team/api:pull", []),
        ("repository:team/api:pull,push", ["repository:team/api:pull,push"]),
        ("repository:mirror/team/api:pull", ["repository:mirror/team/api:pull"]),
    ],
)
def test_what_the_registry_names_itself_is_asked_for_too(
    tokens, environ, scope: str, more: list[str]
) -> None:
    door = access(environ)

    door.renew(tokens.refusal(scope), door.headers)

    assert tokens.asked == [(["repository:team/api:pull", *more], "")]


def test_blobs_of_other_repositories_are_mounted_with_one_token_for_all(tokens, environ) -> None:
    door = access(environ, "pull,push", sources=["team/base", "team/layers"])

    door.renew(tokens.refusal(), door.headers)

    assert tokens.asked == [
        (
            [
                "repository:team/api:pull,push",
                "repository:team/base:pull",
                "repository:team/layers:pull",
            ],
            "",
        )
    ]


def test_a_repository_that_is_not_ours_costs_only_the_mounting(tokens, environ) -> None:
    tokens.forbidden = "secret/base"
    door = access(environ, "pull,push", sources=["secret/base"])

    door.renew(tokens.refusal(), door.headers)

    assert [scopes for scopes, _ in tokens.asked] == [
        ["repository:team/api:pull,push", "repository:secret/base:pull"],
        ["repository:team/api:pull,push"],
    ]
    assert door.headers == {"Authorization": "Bearer token-2"}


@pytest.mark.parametrize("challenge", ["", 'BASIC realm="Nexus"', "Basic"])
def test_registries_without_tokens_get_the_password(environ, challenge: str) -> None:
    named(environ)
    door = access(environ)
    refusal = RefusedError("refused", hint="", challenge=challenge)

    door.renew(refusal, door.headers)

    assert door.headers == {"Authorization": BASIC}
    with pytest.raises(StoreError, match="the registry refuses access"):
        door.renew(refusal, door.headers)


def test_of_several_challenges_the_token_is_taken(tokens, environ) -> None:
    named(environ)
    door = access(environ)
    both = tokens.refusal()
    both.challenge = f'Basic realm="here", {both.challenge}'

    door.renew(both, door.headers)

    assert door.headers == {"Authorization": "Bearer token-1"}


def test_what_the_registry_says_is_told_without_the_secret(tokens, environ) -> None:
    named(environ)
    tokens.refuses = b"""{"errors": [{"code": "DENIED", "message": "quota is used up"},
        {"message": "your password s3cret is wrong"}]}"""
    door = access(environ)

    with pytest.raises(StoreError) as caught:
        door.renew(tokens.refusal(), door.headers)

    assert caught.value.message == (
        "`localhost:5000/team/api:1`: the registry refuses access (DENIED: quota is used up)"
    )
    assert "s3cret" not in caught.value.hint


def test_a_clouds_program_is_asked_only_when_access_is_refused(tmp_path, tokens, environ) -> None:
    program(tmp_path / "bin", "gcloud", "exit 1")
    door = access(environ, registry="gcr.io")
    assert calls(tmp_path / "bin") == []

    with pytest.raises(StoreError) as caught:
        door.renew(RefusedError("refused", hint="", challenge="Basic"), door.headers)

    assert caught.value.hint == (
        "check the image's name, or give credentials: `docker login gcr.io` or `gcloud auth login`,"
        " or netrc; `gcloud` ends with status 1"
    )


def test_only_this_machine_and_named_hosts_are_spoken_to_in_the_clear() -> None:
    transport = Transport(
        environ={"BOXWRIGHT_PLAIN_HTTP": "Registry.lan:5000, 10.0.0.7"},
        plain_http=frozenset({"other.lan"}),
    )

    def url(host: str) -> str:
        return Repository(parse_reference(f"{host}/a:1"), transport)._url

    assert url("registry.lan:5000") == "http://registry.lan:5000/v2/a"
    assert url("other.lan") == "http://other.lan/v2/a"
    assert url("10.0.0.7") == "http://10.0.0.7/v2/a"
    assert url("localhost:5000") == "http://localhost:5000/v2/a"
    assert url("registry.lan") == "https://registry.lan/v2/a"
    assert url("registry.lan.example:5000") == "https://registry.lan.example:5000/v2/a"
    assert is_loopback("[::1]:5000")


@pytest.mark.parametrize("value", ["http://registry.lan", "a b", "registry.lan:port"])
def test_a_host_that_is_none_is_an_error(value: str) -> None:
    with pytest.raises(SettingsError, match="is no host"):
        speaks_plain_http("registry.example", Transport(environ={"BOXWRIGHT_PLAIN_HTTP": value}))


def test_tokens_in_the_clear_come_only_from_named_hosts(environ) -> None:
    named(environ)
    refusal = RefusedError("", hint="", challenge='Bearer realm="http://tokens.lan/token"')
    door = access(environ)

    with pytest.raises(StoreError, match="the registry refuses access"):
        door.renew(refusal, door.headers)


def test_a_registry_elsewhere_does_not_send_our_password_to_this_machine(tokens, environ) -> None:
    named(environ, "203.0.113.5")
    door = access(environ, registry="203.0.113.5")

    with pytest.raises(StoreError) as caught:
        door.renew(tokens.refusal(), door.headers)

    assert caught.value.message == (
        f"`https://203.0.113.5/` sends on to the unencrypted address `http://{tokens.host}/token`"
    )
    secure = RefusedError("", hint="", challenge='Bearer realm="https://169.254.169.254/token"')
    with pytest.raises(StoreError, match="a link-local address"):
        door.renew(secure, door.headers)
    assert tokens.asked == []
