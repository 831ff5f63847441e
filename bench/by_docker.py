"""The contender that most people use: a Dockerfile, BuildKit, and a push to a registry."""

from __future__ import annotations

import itertools
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from base import BaseImage, provide_base
from cases import Case
from measure import BenchError, Run, run
from registry import Registry
from wheels import size_of

DOCKERFILE = """\
FROM {base}
ENV PYTHONUNBUFFERED=1 BENCH_RUN={unique}
WORKDIR /app
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    --mount=type=bind,from={wheels},target=/wheels \\
    pip install --no-index --find-links=/wheels --no-cache-dir --root-user-action=ignore \\
    {compile}-r /tmp/requirements.txt
COPY . .
USER 65532:65532
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('{ready}')"]
ENTRYPOINT ["python", "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
"""
"""Dependencies before the application, wheels mounted and not copied, no cache, not root.

`BENCH_RUN` makes a cold build cold: no step of an earlier round can be used again.
"""

READY = "http://127.0.0.1:8000/health/ready"
DOCKERIGNORE = "Dockerfile\n.dockerignore\ntests\n**/__pycache__\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What it took until a registry had the image."""

    build: float
    push: float

    @property
    def seconds(self) -> float:
        return self.build + self.push


class Docker:
    """`docker build` and `docker push` of one case."""

    def __init__(self, case: Case, docker: str, engine: dict[str, str]) -> None:
        self._case = case
        self._env = {**os.environ, **engine, "DOCKER_BUILDKIT": "1"}
        self._command = [docker]
        if "DOCKER_HOST" in engine:
            self._command += ["--host", engine["DOCKER_HOST"]]
        self._context = case.state / "docker"
        self._repository = f"bench/{case.name}"
        self._tags: list[str] = []
        self._numbers = itertools.count()
        self._base = ""
        self._wheels = ""

    @property
    def command(self) -> list[str]:
        """The program and how it reaches the engine."""
        return self._command

    def version(self) -> str:
        """Return the engine's version."""
        return run([*self._command, "version", "--format", "{{.Server.Version}}"]).output.strip()

    def prepare(self) -> BaseImage:
        """Have the base image and the wheels in the engine; neither is timed."""
        base = provide_base(self._case, self._command)
        self._base = base.reference
        count, size = size_of(self._case.wheels)
        self._wheels = f"boxwright-bench/wheels:{self._case.name}-{count}-{size}"
        if run([*self._command, "image", "ls", "-q", self._wheels]).output.strip():
            return base
        # An image of its own, so that no build sends the wheels to the engine anew: the
        # Docker of this API knows no other way to mount a folder of the host's.
        dockerfile = self._case.state / "wheels.Dockerfile"
        dockerfile.write_text("FROM scratch\nCOPY *.whl /\n")
        self._docker("build", "--file", dockerfile, "--tag", self._wheels, self._case.wheels)
        return base

    def start_over(self, registry: Registry, *, bytecode: bool) -> None:
        """Make the context anew, and have the base in *registry*, as every registry soon does."""
        shutil.rmtree(self._context, ignore_errors=True)
        shutil.copytree(
            self._case.project,
            self._context,
            ignore=shutil.ignore_patterns("__pycache__", ".venv", "boxwright.lock", "dist"),
        )
        dockerfile = DOCKERFILE.format(
            base=self._base,
            unique=uuid.uuid4().hex,
            wheels=self._wheels,
            compile="" if bytecode else "--no-compile ",
            ready=READY,
        )
        (self._context / "Dockerfile").write_text(dockerfile)
        (self._context / ".dockerignore").write_text(DOCKERIGNORE)
        self.pin(upgraded=False)
        seed = f"{registry.address}/{self._repository}:base"
        self._docker("tag", self._base, seed)
        self._tags.append(seed)
        self._docker("push", "--quiet", seed)

    def pin(self, *, upgraded: bool) -> None:
        """Write the pinned requirements."""
        (self._context / "requirements.txt").write_text(self._case.pins(upgraded=upgraded))

    def edit(self) -> None:
        """Change one line of the application."""
        with (self._context / self._case.edited).open("a") as file:
            file.write(f"# changed {next(self._numbers)}\n")

    def build_and_push(self, registry: Registry) -> Pushed:
        """Do what it takes until the compressed image is in *registry*."""
        reference = self.reference(registry)
        if reference not in self._tags:
            self._tags.append(reference)
        built = self._docker("build", "--quiet", "--network=none", "--tag", reference, ".")
        pushed = self._docker("push", "--quiet", reference)
        return Pushed(build=built.seconds, push=pushed.seconds)

    def reference(self, registry: Registry) -> str:
        """Return the image's name."""
        return f"{registry.address}/{self._repository}:app"

    def layers(self, registry: Registry) -> tuple[int, int]:
        """Return the compressed size of the whole image, and of what is above the base."""
        base = registry.layers(self._repository, "base")
        whole = registry.layers(self._repository, "app")
        if not base.keys() <= whole.keys():
            raise BenchError("the pushed image does not stand on the base that was pushed")
        above = sum(size for digest, size in whole.items() if digest not in base)
        return sum(whole.values()), above

    def clean_up(self, *, prune: bool) -> None:
        """Remove the images of this round, and with *prune* all of the engine's build cache."""
        for tag in self._tags:
            run([*self._command, "image", "rm", "--force", tag], env=self._env)
        # An image whose tag went to the next one stays behind under its digest.
        repositories = {tag.rpartition(":")[0] for tag in self._tags}
        self._tags.clear()
        base = self._ids(self._base)
        for repository in repositories:
            for image in self._ids(repository) - base:
                run([*self._command, "image", "rm", "--force", image], env=self._env)
        shutil.rmtree(self._context, ignore_errors=True)
        if prune:
            self._docker("builder", "prune", "--all", "--force")

    def _ids(self, name: str) -> set[str]:
        """Return the engine's images of that name."""
        listed = run([*self._command, "image", "ls", "--no-trunc", "--quiet", name], env=self._env)
        return set(listed.output.split())

    def _docker(self, *arguments: str | Path) -> Run:
        context = self._context if self._context.exists() else None
        return run([*self._command, *arguments], env=self._env, cwd=context)
