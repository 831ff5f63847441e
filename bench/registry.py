"""A registry on the loopback device, with empty storage, for as long as it is needed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measure import BenchError, program

_MANIFESTS = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A running registry."""

    address: str

    def layers(self, repository: str, tag: str) -> dict[str, int]:
        """Return digest and compressed size of the layers of an image."""
        request = urllib.request.Request(
            f"http://{self.address}/v2/{repository}/manifests/{tag}",
            headers={"Accept": _MANIFESTS},
        )
        with _DIRECT.open(request, timeout=30) as answer:
            manifest = json.load(answer)
        return {layer["digest"]: layer["size"] for layer in manifest["layers"]}


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks without a proxy, whatever the environment says."""


@contextmanager
def fresh_registry(folder: Path) -> Iterator[Registry]:
    """Start a registry that keeps what it is given in *folder*; end it and empty the folder."""
    docker_registry = program("docker-registry", "on Debian it is in the package of that name")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    address = f"127.0.0.1:{_free_port()}"
    settings = folder / "registry.yml"
    settings.write_text(
        "version: 0.1\n"
        "log: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {json.dumps(str(folder / 'data'))}}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (folder / "registry.log").open("w") as log:
        process = subprocess.Popen(
            [docker_registry, "serve", settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _await(address, process)
        yield Registry(address=address)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            with _DIRECT.open(f"http://{address}/v2/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise BenchError(f"the registry at {address} does not answer")
