"""Credentials everywhere, a registry that refuses in all ways, and nobody who tells of them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.conftest import MakeImage

from boxwright.ship.keys import encrypted, new_private_key
from boxwright.store import layout

pytestmark = pytest.mark.slow

CANARY = "c4n4ry"
"""A part of every credential here, whose letters base64 would change."""


def secret(name: str) -> str:
    return f"{CANARY}-{name}-{CANARY}"


PACKED = base64.b64encode(f"me:{secret('docker')}".encode()).decode()
LOGGING = '#!/bin/sh\necho "$0 $*" >> "{calls}"\n{rest}\n'


@dataclass
class Hostile:
    """A registry, and a host beside it, that refuse all and repeat what they are told."""

    way: str
    host: str = ""
    elsewhere: str = ""
    tokens: int = 0
    asked: list[str] = field(default_factory=list)
    """Every credential that came."""
    strayed: list[str] = field(default_factory=list)
    """Every header and body that came to the host beside it."""


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer(self, self.rfile.read(length))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def say(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes = b""
) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


@pytest.fixture(params=["basic", "token", "token-refused", "broken", "astray", "garbage"])
def hostile(request: pytest.FixtureRequest) -> Iterator[Hostile]:
    state = Hostile(way=request.param)

    def beside(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        state.strayed.append(f"{handler.path} {handler.headers} {body!r}")
        say(handler, 404, {})

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        sent = handler.headers.get("Authorization", "")
        said = sent + body.decode(errors="replace")
        if CANARY in said or sent:
            state.asked.append(said)
        plain = ""
        if sent.startswith("Basic "):
            plain = base64.b64decode(sent[6:]).decode()
        echo = [
            {"code": "DENIED", "message": f"you said {text}"}
            for text in (sent[6:], plain.partition(":")[2], plain.upper())
        ]
        words = json.dumps({"errors": echo, "details": sent}).encode()
        here = f"http://{state.host}"
        if handler.path.startswith("/token"):
            if state.way == "token-refused":
                say(handler, 401, {}, words)
            else:
                state.tokens += 1
                token = secret(f"token{state.tokens}")
                say(handler, 200, {}, json.dumps({"token": token}).encode())
        elif not sent and state.way.startswith("token"):
            challenge = f'Bearer realm="{here}/token",service="{here}"'
            say(handler, 401, {"WWW-Authenticate": challenge}, words)
        elif not sent:
            say(handler, 401, {"WWW-Authenticate": 'Basic realm="x"'}, words)
        elif state.way == "broken":
            say(handler, 500, {"Retry-After": "0"}, words)
        elif state.way == "astray":
            where = f"http://{state.elsewhere}{handler.path}"
            where = where.replace("//", f"//user:{secret('location')}@", 1)
            say(handler, 307, {"Location": where})
        elif state.way == "garbage":
            say(handler, 200, {"Docker-Content-Digest": plain}, words)
        elif handler.command == "HEAD":
            say(handler, 404, {})
        else:
            say(handler, 403, {}, words)

    with serving(beside) as state.elsewhere, serving(answer) as state.host:
        yield state


class World:
    """A home full of credentials, and programs that write down how they are called."""

    def __init__(self, root: Path, hostile: Hostile) -> None:
        self.root = root
        self.home, self.temporary, self.project = (
            root / name for name in ("home", "temporary", "project")
        )
        self.bin = root / "bin"
        self.calls = root / "calls"
        for folder in (self.home / ".docker", self.temporary, self.project, self.bin):
            folder.mkdir(parents=True)
        config = {"auths": {hostile.host: {"auth": PACKED}}}
        (self.home / ".docker" / "config.json").write_text(json.dumps(config))
        (self.home / ".netrc").write_text(
            f"machine 127.0.0.1 login me password {secret('netrc')}\n"
        )
        self.environ = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "TMPDIR": str(self.temporary),
            "XDG_RUNTIME_DIR": str(self.temporary),
            "BOXWRIGHT_CACHE_DIR": str(root / "cache"),
            "BOXWRIGHT_KEY_PASSWORD": secret("key"),
            "COSIGN_PASSWORD": secret("key"),
            "GITHUB_TOKEN": secret("github"),
            "GITHUB_ACTOR": "mo",
            "CI_REGISTRY": hostile.host,
            "CI_REGISTRY_USER": "ci",
            "CI_REGISTRY_PASSWORD": secret("gitlab"),
            "HF_TOKEN": secret("env"),
            "AWS_SECRET_ACCESS_KEY": secret("aws"),
            "https_proxy": f"http://me:{secret('proxy')}@127.0.0.1:9",
            "UV_INDEX_URL": f"http://me:{secret('index')}@{hostile.host}/simple",
            "PIP_INDEX_URL": f"http://me:{secret('index')}@{hostile.host}/simple",
            "BOXWRIGHT_OSV_URL": f"http://me:{secret('osv')}@{hostile.host}/osv",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        for name in ("git", "uv"):
            real = shutil.which(name) or "/bin/false"
            self.program(name, f'exec {real} "$@"')
        self.program("docker", DOCKER)
        for name in ("aws", "gcloud", "az", "docker-credential-desktop"):
            self.program(name, "exit 1")
        (self.project / "pyproject.toml").write_text(
            '[project]\nname = "api"\nversion = "1"\ndependencies = ["nothing-of-this-name"]\n'
            'requires-python = ">=3.11"\n'
            f'[[tool.uv.index]]\nname = "own"\nurl = "http://me:{secret("url")}@{hostile.host}/i"\n'
            f'[tool.boxwright.registry]\nrepository = "{hostile.host}/team/api"\n'
        )
        (self.project / "main.py").write_text("import http.server\n")
        (self.project / "Dockerfile").write_text(
            f"FROM {hostile.host}/team/base:1\nUSER 65532\nCOPY main.py /app/\n"
        )
        (self.project / ".gitignore").write_text("image/\n*.tar\n")
        for words in (
            ("init", "-q"),
            ("config", "user.name", "mo"),
            ("config", "user.email", "mo@example.org"),
            ("config", "remote.origin.url", f"https://me:{secret('git')}@git.example/a?t={CANARY}"),
            ("add", "."),
            ("commit", "-qm", "one"),
        ):
            subprocess.run(["git", "-C", self.project, *words], check=True)
        self.calls.unlink(missing_ok=True)
        (root / "secret").write_text(secret("file"))
        key = new_private_key()
        (root / "signing.key").write_bytes(encrypted(key, secret("key").encode()))
        (root / "signing.pub").write_bytes(key.public.pem)

    def program(self, name: str, rest: str) -> None:
        path = self.bin / name
        path.write_text(LOGGING.format(calls=self.calls, rest=rest))
        path.chmod(0o755)

    def run(self, *words: str) -> str:
        """Run a command, and return all that it wrote to anybody."""
        done = subprocess.run(
            [sys.executable, "-m", "boxwright", *words],
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        told = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode in (0, 1, 2), f"{words}: {told}"
        return told


DOCKER = """case "$1" in
info) echo '{"ServerVersion":"28.0","Driver":"overlay2","NCPU":2}' ;;
image) echo '[{"Id":"sha256:aa","Config":{"User":"65532","Cmd":["/bin/x"]}}]' ;;
container|network|volume|context) exit 1 ;;
run) echo "cannot: $*" >&2; exit 125 ;;
*) exit 1 ;;
esac"""


def test_no_credential_is_told_to_anybody(
    hostile: Hostile, tmp_path: Path, random_image: MakeImage
) -> None:
    world = World(tmp_path, hostile)
    layout.write(world.project / "image", random_image(layers=1), "api:1")
    place = f"{hostile.host}/team/api"
    known = f"{place}:1.0.0"
    key, public = str(tmp_path / "signing.key"), str(tmp_path / "signing.pub")
    told = [
        f"{' '.join(words)}\n{world.run(*words)}"
        for words in (
            ("push", "image", "--to", place, "-t", "1.0.0", "--key", key),
            ("push", ".", "--to", place, "--format", "json"),
            ("pull", known, "-o", "pulled.tar"),
            ("promote", "1.0.0", "staging", "--format", "json"),
            ("promote", "--history", "staging"),
            ("promote", "--rollback", "staging"),
            ("pin", "Dockerfile", "--diff"),
            ("pin", "Dockerfile", "--format", "json"),
            ("sign", known, "--key", key),
            ("verify", known, "--key", public, "--format", "json"),
            ("inspect", known),
            ("scan", known, "--online", "--format", "json"),
            ("diff", known, "image"),
            ("check", "."),
            ("doctor", ".", "--format", "json"),
            ("doctor", "--registry", place),
            ("plan",),
            ("lock",),
            ("base", "."),
            ("run", "some:1", "--env", "HF_TOKEN", "--secret", f"hf={tmp_path / 'secret'}"),
            ("run", "some:1", "--smoke", "--env", "HF_TOKEN", "--format", "json"),
            ("run", "some:1", "--print", "--env", "HF_TOKEN"),
        )
    ]

    hidden = [CANARY, CANARY.upper(), PACKED, PACKED.rstrip("=")]
    assert [text for text in told if any(each in text for each in hidden)] == []
    calls = world.calls.read_text()
    assert not any(each in calls for each in hidden)
    assert not any(each in stray for stray in hostile.strayed for each in hidden)
    own = {
        tmp_path / "secret",
        world.home / ".docker" / "config.json",
        world.home / ".netrc",
        world.project / "pyproject.toml",
        world.project / ".git" / "config",
    }
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path not in own]
    assert [
        path
        for path in kept
        if ".git/objects" not in str(path)
        and any(each.encode() in path.read_bytes() for each in hidden)
    ] == []
    assert list(world.temporary.rglob("*")) == []
    # It is no test where nobody was told anything.
    assert hostile.asked
