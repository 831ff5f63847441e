"""The engine's own client, and stand-ins for the images that generated files start from."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from boxwright.plan.model import PublicImages

HARDENED = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
)  # fmt: skip
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
