"""What all tests share: no network, and where engine, registry, cache and made-up images come from."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn, Protocol

import hypothesis
import pytest

from boxwright.image.blob import FileBlob
from boxwright.image.entry import file
from boxwright.image.image import Image, Layer, make_image
from boxwright.image.layer import LayerWriter
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.platform import Platform
from boxwright.store.cache import Cache
from boxwright.store.engine import Engine, look_for_engine

ROOT = Path(__file__).parents[1]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("boxwright", deadline=None)
hypothesis.settings.load_profile("boxwright")


def pytest_configure() -> None:
    """Use the engine and the registry that `dev/engine start` left running, if it did."""
    state = Path(os.environ.get("BOXWRIGHT_STATE", ROOT / ".cache" / "engine"))
    written = state / "engine.env"
    if written.is_file():
        for line in written.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes that are no text by their argument: compressed ones have the time in them."""
    if not isinstance(val, bytes) or (val.isascii() and val.decode().isprintable()):
        return None
    return argname


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests that are not marked `network` talk to this machine only."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: tuple[str, int]) -> None:
        if self.family != socket.AF_UNIX:
            assert address[0] in LOOPBACK, f"a test connects to {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Return an empty cache, outside of `tmp_path`."""
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The container engine of this machine."""
    search = look_for_engine(os.environ)
    return search.engine or _lacking(f"no container engine: {search.reason}")


@pytest.fixture(scope="session")
def registry() -> str:
    """`host:port` of a registry on this machine."""
    return os.environ.get("BOXWRIGHT_TEST_REGISTRY") or _lacking(
        "no registry: BOXWRIGHT_TEST_REGISTRY is not set; `dev/engine start` starts one"
    )


class Run(Protocol):
    """Runs a program and gives its standard output; a failure fails the test."""

    def __call__(self, *command: str | Path, stdin: bytes | None = None) -> str: ...


@pytest.fixture
def run() -> Run:
    """Run a program that must be there and succeed; the test is skipped if it is not there."""

    def run(*command: str | Path, stdin: bytes | None = None) -> str:
        if shutil.which(str(command[0])) is None:
            _lacking(f"no program `{command[0]}`")
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout!r} {done.stderr!r}"
        return done.stdout.decode()

    return run


class StandIn(Protocol):
    """Sees to it that the engine has a stand-in of a public image, under its public name."""

    def __call__(self, name: str, tag: str) -> None: ...


@pytest.fixture(scope="session")
def stand_in(engine: Engine) -> StandIn:
    """Make a stand-in of `dev/images`, as `stand_in("redis", "redis:8.0")`; once for an engine."""

    @functools.cache
    def make(name: str, tag: str) -> None:
        if name != "uv" and shutil.which("mmdebstrap") is None:
            _lacking("no program `mmdebstrap`")
        done = subprocess.run(
            [sys.executable, ROOT / "dev" / "images.py", f"{name}={tag}"],
            env={**os.environ, "BOXWRIGHT_ENGINE": engine.program},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return make


class Compose(Protocol):
    """Runs Docker Compose in a folder and gives its standard output; a failure fails the test."""

    def __call__(self, folder: Path, *arguments: str, stdin: str = "") -> str: ...


@pytest.fixture
def compose(engine: Engine) -> Iterator[Compose]:
    """Run Docker Compose; what it has made is removed when the test ends."""
    program = (engine.program, "compose")
    asked = subprocess.run([*program, "version"], capture_output=True, text=True, check=False)
    if engine.name != "docker" or asked.returncode:
        _lacking("no Docker Compose: `dev/engine start` installs it")
    # A name that no other test has, nor a stack of this machine.
    names: dict[Path, str] = {}

    def ask(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        name = names.setdefault(folder, f"boxwright-{uuid.uuid4().hex[:8]}")
        return subprocess.run(
            [*program, "--project-name", name, *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(folder: Path, *arguments: str, stdin: str = "") -> str:
        done = ask(folder, *arguments, stdin=stdin)
        if done.returncode:
            logs = ask(folder, "logs", "--no-color", "--tail", "30").stdout
            pytest.fail(f"compose {arguments}: {done.stdout}{done.stderr}\n{logs}")
        return done.stdout

    yield run

    down = "--profile * down --volumes --remove-orphans --rmi local --timeout 5".split()
    for folder in names:
        ask(folder, *down)


class MakeImage(Protocol):
    """Makes an image; the same arguments make the same one."""

    def __call__(
        self,
        seed: int = 0,
        *,
        layers: int = 2,
        size: int = 1000,
        files: Mapping[str, bytes] = {},
        command: tuple[str, ...] = (),
    ) -> Image: ...


@pytest.fixture
def random_image(cache: Cache) -> MakeImage:
    """Make an image whose *layers* hold a file of *size* random bytes each, the last one *files*."""

    def layer(number: int, files: Mapping[str, bytes]) -> Layer:
        with cache.writer() as blob:
            writer = LayerWriter(blob.write)
            for path, content in files.items():
                writer.add(file(path, len(content), 0o755), content)
            written = writer.close()
            digest = blob.commit()
        descriptor = Descriptor(media_type=media_type.LAYER_GZIP, digest=digest, size=blob.size)
        return Layer(
            blob=FileBlob(descriptor, cache.blob_path(digest)),
            diff_id=written.diff_id,
            uncompressed_size=written.uncompressed_size,
            created_by=f"layer {number}",
        )

    def make(
        seed: int = 0,
        *,
        layers: int = 2,
        size: int = 1000,
        files: Mapping[str, bytes] = {},
        command: tuple[str, ...] = (),
    ) -> Image:
        source = random.Random(seed)  # noqa: S311 (no secret)
        made = [layer(at, {f"data/{seed}/{at}": source.randbytes(size)}) for at in range(layers)]
        if files:
            made.append(layer(layers, files))
        config = ImageConfig(
            platform=Platform("linux", "amd64"),
            created="1980-01-01T00:00:01Z",
            user="65532:65532",
            entrypoint=command,
        )
        return make_image(config, made, {"org.opencontainers.image.title": f"image {seed}"})

    return make


@pytest.fixture(scope="session")
def cat_files() -> Mapping[str, bytes]:
    """Return what `/bin/cat` of this machine needs, by its path in an image."""
    program = Path(shutil.which("cat") or _lacking("no program `cat`"))
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = [Path(path) for path in re.findall(r"(/\S+) \(0x", listed)]
    return {"bin/cat": program.read_bytes()} | {
        str(path).lstrip("/"): path.read_bytes() for path in paths
    }


class MakeWheel(Protocol):
    """Makes a wheel as a build tool would; what *files* holds replaces what would be made up."""

    def __call__(
        self,
        files: Mapping[str, bytes | None] = {},
        *,
        name: str = "demo",
        version: str = "1.0",
        tag: str = "py3-none-any",
        executable: tuple[str, ...] = (),
        stored: tuple[str, ...] = (),
        unlisted: tuple[str, ...] = (),
    ) -> Path: ...


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """
    Make a wheel of *files*; None leaves a file out.

    Those in *executable* have that bit, those in *stored* are not packed, those in
    *unlisted* are missing in RECORD.
    """

    def make(
        files: Mapping[str, bytes | None] = {},
        *,
        name: str = "demo",
        version: str = "1.0",
        tag: str = "py3-none-any",
        executable: tuple[str, ...] = (),
        stored: tuple[str, ...] = (),
        unlisted: tuple[str, ...] = (),
    ) -> Path:
        info = f"{name}-{version}.dist-info"
        pure = "true" if tag.endswith("-none-any") else "false"
        every: dict[str, bytes | None] = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode(),
            **files,
        }
        rows = []
        for path, content in every.items():
            if content is not None and path not in unlisted:
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
                rows.append(f"{path},sha256={digest.rstrip('=')},{len(content)}\n")
        record = f"{info}/RECORD"
        every.setdefault(record, "".join([*rows, f"{record},,\n"]).encode())
        made = tmp_path / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in every.items():
                if content is None:
                    continue
                member = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
                member.external_attr = (0o100755 if path in executable else 0o100644) << 16
                method = zipfile.ZIP_STORED if path in stored else zipfile.ZIP_DEFLATED
                archive.writestr(member, content, method)
        return made

    return make


def _lacking(reason: str) -> NoReturn:
    """Skip the test; fail it where everything has to be there."""
    if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
