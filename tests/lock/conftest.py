"""Tiny wheels, an index of them on this machine, and a plan to lock."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from boxwright.lock.fetch import FetchedWheel, fetch_wheels
from boxwright.lock.indexes import Indexes, find_indexes
from boxwright.lock.model import PlatformLock
from boxwright.lock.platform import complete, resolve_first
from boxwright.lock.uv import Uv
from boxwright.plan.model import (
    ApplicationPlan,
    BasePlan,
    DependencyPlan,
    LayerPlan,
    Plan,
    ProcessPlan,
)
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

BACKEND = """
import base64, hashlib, os, pathlib, re, zipfile

TEXT = pathlib.Path("pyproject.toml").read_text()
NAME = re.search(r'^name = "(.*)"', TEXT, re.M)[1]
TAG = os.environ.get("TEST_TAG", "py3-none-any")


def get_requires_for_build_wheel(settings=None):
    return []


def build_wheel(folder, settings=None, metadata=None):
    pathlib.Path("ran.txt").write_text(repr(sorted(os.environ.items()))) if os.environ.get(
        "TEST_TELL"
    ) else None
    info = f"{NAME}-1.0.dist-info"
    files = {
        f"{NAME}.py": b"made = 1\\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: 1.0\\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {TAG}\\n".encode(),
    }
    files[f"{info}/RECORD"] = b"".join(f"{path},,\\n".encode() for path in files)
    name = f"{NAME}-1.0-{TAG}.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content)
    return name
"""
"""A build backend that needs no index."""


def wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: tuple[str, ...] = (),
    tag: str = "py3-none-any",
    content: bytes = b"",
) -> Path:
    """Write a wheel of one module into *folder*."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = ""
    for path, written in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(written).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(written)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(result, "w") as archive:
        for path, written in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), written)
    return result


def source_tree(folder: Path, name: str, *, more: str = "") -> Path:
    """Write a project that builds a wheel with no help from an index."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backend.py").write_text(BACKEND)
    (folder / f"{name}.py").write_text("made = 1\n")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1.0"\n{more}\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return folder


def sdist(folder: Path, name: str) -> Path:
    """Write a source archive into *folder*."""
    import tarfile

    folder.mkdir(parents=True, exist_ok=True)
    work = source_tree(folder / "work" / f"{name}-1.0", name)
    (work / "PKG-INFO").write_text(f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n")
    path = folder / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(work, f"{name}-1.0")
    shutil.rmtree(folder / "work")
    return path


@dataclass
class Notes:
    """Progress that keeps what it is told."""

    notes: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def start(self, task: str, total: int | None = None) -> None:
        self.started.append(task)

    def advance(self, task: str, amount: int) -> None: ...

    def finish(self, task: str, outcome: str = "") -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class Bench:
    """A project folder, a find-links folder and a cache, and what is done with them."""

    project: Path
    wheels: Path
    cache: Cache
    environ: dict[str, str]
    progress: Notes = field(default_factory=Notes)

    @property
    def indexes(self) -> Indexes:
        return find_indexes(Settings(), self.project, self.environ)

    def plan(
        self,
        source: str = "requirements",
        path: str = "requirements.txt",
        *,
        suites: tuple[str, ...] = ("trixie",),
        platform: str = "linux/amd64",
        hashed: bool = False,
        extras: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        installs_project: bool = False,
        accelerator: str = "cpu",
    ) -> Plan:
        return Plan(
            name="demo",
            version="1.0",
            description="",
            platform=platform,
            base=BasePlan(suites=suites, variant="distroless"),
            python="",
            accelerator=accelerator,
            dependencies=DependencyPlan(
                source=source,
                path=path,
                hashed=hashed,
                extras=extras,
                groups=groups,
                installs_project=installs_project,
            ),
            application=ApplicationPlan(files=()),
            process=ProcessPlan(entrypoint=("/opt/venv/bin/python",)),
            layers=LayerPlan(),
        )

    def require(self, text: str) -> None:
        (self.project / "requirements.txt").write_text(text)

    def lock(self, plan: Plan | None = None, *, offline: bool = False) -> PlatformLock:
        """Resolve *plan*; the Debian part of the lock stays empty."""
        indexes = self.indexes
        uv = Uv(folder=self.project, indexes=indexes, environ=self.environ, offline=offline)
        plan = plan or self.plan()
        resolution = resolve_first(plan, uv, (), self.progress)
        transport = self.transport(offline=offline)
        return complete(resolution, plan, indexes, self.cache, transport, self.progress)

    def fetch(self, lock: PlatformLock, *, offline: bool = False) -> list[FetchedWheel]:
        return fetch_wheels(
            lock,
            self.project,
            indexes=self.indexes,
            cache=self.cache,
            transport=self.transport(offline=offline),
            progress=self.progress,
        )

    def transport(self, *, offline: bool = False) -> Transport:
        return Transport(offline=offline, environ=self.environ, backoff=0.01)


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for uv, which looks at every interpreter when it has none."""
    return tmp_path_factory.mktemp("uv")


@pytest.fixture
def bench(tmp_path: Path, uv_cache: Path) -> Bench:
    """A project with an empty find-links folder and no index at all."""
    project, wheels, home = tmp_path / "project", tmp_path / "wheels", tmp_path / "home"
    for folder in (project, wheels, home):
        folder.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_DIRS": str(home / "nothing"),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_CACHE_DIR": str(uv_cache),
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_INDEX": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_HTTP_RETRIES": "0",
    }
    return Bench(project=project, wheels=wheels, cache=Cache(tmp_path / "cache"), environ=environ)


@dataclass
class SimpleIndex:
    """A package index on this machine, which may ask for credentials."""

    url: str
    folder: Path
    credentials: tuple[str, str] | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """(path, Authorization) of each request."""
    spoiled: set[str] = field(default_factory=set)
    """Files that are served with other content than the index promises."""


def serve(
    handle: Callable[[BaseHTTPRequestHandler], None],
) -> tuple[ThreadingHTTPServer, str]:
    """Start a server on this machine; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            handle(self)

        def do_HEAD(self) -> None:
            handle(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def answer(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send a whole answer."""
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)


@pytest.fixture
def simple_index(tmp_path: Path) -> Iterator[SimpleIndex]:
    """An index (PEP 503) of the wheels in its folder."""
    index = SimpleIndex(url="", folder=tmp_path / "index")
    index.folder.mkdir()

    def handle(request: BaseHTTPRequestHandler) -> None:
        sent = request.headers.get("Authorization")
        index.asked.append((request.path, sent))
        if index.credentials:
            token = base64.b64encode(":".join(index.credentials).encode()).decode()
            if sent != f"Basic {token}":
                answer(request, 401, headers={"WWW-Authenticate": 'Basic realm="test"'})
                return
        parts = request.path.strip("/").split("/")
        if parts[0] == "simple" and len(parts) == 2:
            files = sorted(index.folder.glob(f"{parts[1].replace('-', '_')}-*"))
            links = "".join(
                f'<a href="../../files/{file.name}#sha256='
                f'{hashlib.sha256(file.read_bytes()).hexdigest()}">{file.name}</a>'
                for file in files
            )
            page = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            answer(request, 200 if files else 404, page, {"Content-Type": "text/html"})
        elif parts[0] == "files" and (path := index.folder / parts[1]).is_file():
            content = path.read_bytes()
            if path.name in index.spoiled:
                content = content[:-1] + b"?"
            answer(request, 200, content)
        else:
            answer(request, 404)

    server, index.url = serve(handle)
    yield index
    server.shutdown()
    server.server_close()
