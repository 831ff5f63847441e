"""The engine's own client, and stand-ins for the images that generated files start from."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from boxwright.image.image import Layer
from boxwright.plan.model import PublicImages
from boxwright.syntax.requirements import normalised

ROOT = Path(__file__).parents[2]
HARDENED = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
)  # fmt: skip
LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
)
PYTHON = "python:3.13.9-slim-trixie"
UV = "ghcr.io/astral-sh/uv:0.13.9"


@dataclass(frozen=True, kw_only=True)
class Bases:
    """Stand-ins for the public images, which trust whom this machine trusts."""

    python: str
    distroless: str

    def of(self, variant: str) -> PublicImages:
        return PublicImages(
            python=self.python,
            uv=UV,
            runtime=self.distroless if variant == "distroless" else "",
            python_version="3.13",
            suite="trixie",
        )


class Docker:
    """The engine's own client; what is made by it is removed in the end."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        self.images: list[str] = []
        self.containers: list[str] = []

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            [self.program, *map(str, arguments)],
            env=self.environment, input=stdin, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()[-5000:]
        return done.stdout.decode().strip()

    def build(self, context: Path, *options: str) -> str:
        """Return the tag of the image that the Dockerfile in *context* makes."""
        tag = f"boxwright-test/generated:{uuid.uuid4().hex[:12]}"
        self("build", "--quiet", "--network", "host", *options, "--tag", tag, context)
        self.images.append(tag)
        return tag

    def started(self, tag: str) -> str:
        """Return a container of *tag* that runs hardened and is healthy."""
        container = self("run", "--detach", *HARDENED, tag)
        self.containers.append(container)
        for _ in range(90):
            state = json.loads(self("inspect", container))[0]["State"]
            assert state["Running"], self.logs(container)
            if state["Health"]["Status"] == "healthy":
                return container
            time.sleep(1)
        pytest.fail(f"never healthy: {self.logs(container)}")

    def logs(self, container: str) -> str:
        """Return what *container* has printed."""
        done = subprocess.run(
            [self.program, "logs", container], env=self.environment, capture_output=True,
            check=False, text=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    def remove(self) -> None:
        """Remove what was made."""
        if self.containers:
            self("rm", "--force", "--volumes", *self.containers)
        if self.images:
            self("image", "rm", "--force", *self.images)


def direct_build(folder: Path, variant: str, cache: Path, output: Path) -> Path:
    """Return the layout that `boxwright build` makes."""
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "build", folder, "--variant", variant, "-o", output],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return output


def image_size(docker: Docker, tag: str) -> int:
    """Return the bytes of all files in the layers of *tag*."""
    archive = subprocess.run(
        [docker.program, "save", tag], env=docker.environment, capture_output=True, check=True
    ).stdout
    total = 0
    with tarfile.open(fileobj=io.BytesIO(archive)) as saved:
        manifest = saved.extractfile("manifest.json")
        assert manifest is not None
        for name in json.load(manifest)[0]["Layers"]:
            layer = saved.extractfile(name)
            assert layer is not None
            total += _files_in(layer.read())
    return total


def _files_in(layer: bytes) -> int:
    with tarfile.open(fileobj=io.BytesIO(layer)) as members:
        return sum(member.size for member in members if member.isfile())


def layers_size(layers: Sequence[Layer]) -> int:
    """Return the bytes of all files in *layers*."""
    total = 0
    for layer in layers:
        with layer.blob.open() as blob:
            total += _files_in(gzip.decompress(blob.read()))
    return total


def installed(docker: Docker, container: str) -> dict[str, str]:
    """Return the distributions in *container*, with their versions."""
    found = json.loads(docker("exec", container, "/opt/venv/bin/python", "-c", LIST))
    return {normalised(name): version for name, version in found}
