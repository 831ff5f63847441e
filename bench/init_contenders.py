"""Those that are compared: two Dockerfiles of ours, that of `docker init`, and no Dockerfile."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from init_contents import Layer, unpacked_in_layout, unpacked_in_registry
from init_projects import FROM_PLAN, Project, pinned
from measure import BenchError, program, run
from package_index import Index
from registry import Registry

OURS, OURS_SLIM, PEER, DIRECT = "init", "init-slim", "docker-init", "build"
NAMES = {
    OURS: "`boxwright init`",
    OURS_SLIM: "`boxwright init --variant slim`",
    PEER: "`docker init`",
    DIRECT: "`boxwright build`",
}

PREFIX = "boxwright-bench"
CACHE_MOUNT = "--mount=type=cache,target="

PEER_DOCKERFILE = """\
FROM {base} AS base

# Output appears at once, and no byte code is written while it runs.
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1

WORKDIR /app

# An account without a home, without rights.
ARG UID=10001
RUN useradd --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin \\
    --comment "" --uid "${{UID}}" appuser

# The dependencies first, with a cache for pip, and without a copy of the requirements.
RUN --mount=type=cache,target=/root/.cache/pip \\
    --mount=type=bind,source=requirements.txt,target=requirements.txt \\
    python -m pip install -r requirements.txt

USER appuser

COPY . .

EXPOSE 8000

CMD ["uvicorn", "{application}", "--host", "0.0.0.0", "--port", "8000"]
"""
"""What `docker init` writes for Python, in words of ours: its steps, their order, its options."""

PEER_DOCKERIGNORE = """\
# What editors, other languages' tools and Docker itself leave behind, and the secrets of .NET.
**/.DS_Store
**/__pycache__
**/.venv
**/.dockerignore
**/.env
**/.git
**/.gitignore
**/.project
**/.settings
**/.vs
**/.vscode
**/bin
**/charts
**/docker-compose*
**/compose.y*ml
**/Dockerfile*
**/node_modules
**/obj
**/secrets.dev.yaml
**/values.dev.yaml
LICENSE
README.md
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """The images in the engine that the Dockerfiles stand on."""

    python: str
    runtime: str
    uv: str
    stands_for: tuple[tuple[str, str], ...] = ()
    """Stand-ins, and the public images that they stand for."""

    def with_public_names(self, text: str) -> str:
        """Return *text* as it would be where public images can be pulled."""
        for stand_in, public in self.stands_for:
            text = text.replace(stand_in, public)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build took, and the layers that it ended with."""

    build: float
    push: float
    layers: tuple[Layer, ...]

    @property
    def seconds(self) -> float:
        return self.build + self.push


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the contenders of a round work with."""

    docker: list[str]
    env: Mapping[str, str]
    index: Index
    registry: Registry


class Contender(Protocol):
    """One way to an image, from a cold build to the last change."""

    def start_over(self, workshop: Workshop) -> None:
        """Begin with the project as it was, and with nothing built."""

    def build(self, *, cold: bool = False) -> Built:
        """Build and put the compressed layers where they are kept."""

    def edit(self) -> None:
        """Change one line of the application."""

    def add_dependency(self) -> None:
        """Have one small dependency more."""

    def unpacked(self, layers: tuple[Layer, ...]) -> int:
        """Return the bytes of the files in *layers* of the last build."""

    def base_layers(self) -> frozenset[str]:
        """Return the layers that are the base's."""

    def image(self) -> str:
        """Return the name of the last image that was built, in the engine."""

    def clean_up(self) -> None:
        """Leave no image and no folder behind."""


class Dockerfile:
    """An image from a Dockerfile, pushed to a registry on the loopback device."""

    def __init__(self, name: str, project: Project, prepared: Path, base: str) -> None:
        self._prepared = prepared
        """Holds `before` and `after`, with and without the added dependency."""
        self._base = base
        self._folder = project.state / "run" / name
        self._edited = project.edited
        self._repository = f"bench/{project.name}-{name}"
        self._workshop: Workshop | None = None
        self._unique = ""
        self._tags: list[str] = []
        self._numbers = itertools.count()
        self._options: list[str] = []

    def start_over(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._unique = uuid.uuid4().hex[:12]
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._prepared / "before", self._folder, symlinks=True)
        settings = self._folder.with_name(f"{self._folder.name}-uv.toml")
        settings.write_text(f'[[index]]\nurl = "{workshop.index.url}"\ndefault = true\n')
        self._options = [
            *("--network=host", "--secret", f"id=uv-config,src={settings}"),
            *("--build-arg", f"PIP_INDEX_URL={workshop.index.url}"),
            *("--build-arg", f"PIP_TRUSTED_HOST={workshop.index.host}"),
        ]
        self._adapt()
        # The registry has the base already, as any registry in use does.
        seed = f"{workshop.registry.address}/{self._repository}:base"
        self._docker("tag", self._base, seed)
        self._tags.append(seed)
        self._docker("push", "--quiet", seed)

    def build(self, *, cold: bool = False) -> Built:
        reference = self.image()
        if reference not in self._tags:
            self._tags.append(reference)
        fresh = ["--no-cache"] if cold else []
        command = ("build", "--quiet", *fresh, *self._options, "--tag", reference, ".")
        built = self._docker(*command)
        pushed = self._docker("push", "--quiet", reference)
        layers = self._shop.registry.layers(self._repository, "app")
        return Built(
            build=built,
            push=pushed,
            layers=tuple(Layer(digest=digest, size=size) for digest, size in layers.items()),
        )

    def edit(self) -> None:
        with (self._folder / self._edited).open("a") as file:
            file.write(f"# changed {next(self._numbers)}\n")

    def add_dependency(self) -> None:
        for name in FROM_PLAN:
            source = self._prepared / "after" / name
            if source.exists():
                shutil.copy(source, self._folder / name)
        self._adapt()

    def unpacked(self, layers: tuple[Layer, ...]) -> int:
        return unpacked_in_registry(self._shop.registry.address, self._repository, list(layers))

    def base_layers(self) -> frozenset[str]:
        return frozenset(self._shop.registry.layers(self._repository, "base"))

    def image(self) -> str:
        return f"{self._shop.registry.address}/{self._repository}:app"

    def clean_up(self) -> None:
        for tag in self._tags:
            run([*self._shop.docker, "image", "rm", "--force", tag], env=self._shop.env)
        # An image whose tag went to the next one stays behind under its digest.
        for repository in {tag.rpartition(":")[0] for tag in self._tags}:
            for image in self._ids(repository) - self._ids(self._base):
                run([*self._shop.docker, "image", "rm", "--force", image], env=self._shop.env)
        self._tags.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _shop(self) -> Workshop:
        if self._workshop is None:
            raise BenchError("a contender was asked before its round began")
        return self._workshop

    def _adapt(self) -> None:
        """Give the caches of downloads a name of this round, so that they begin empty."""
        path = self._folder / "Dockerfile"
        text = path.read_text().replace(CACHE_MOUNT, f"{CACHE_MOUNT[:-7]}id={self._unique},target=")
        # Where pip finds the index; uv is told by the secret that the Dockerfile has for it.
        pip = "ARG PIP_INDEX_URL PIP_TRUSTED_HOST\nRUN --mount=type=cache,"
        if "python -m pip install -r" in text:
            text = text.replace("RUN --mount=type=cache,", pip, 1)
        path.write_text(text)

    def _ids(self, name: str) -> set[str]:
        listed = run([*self._shop.docker, "image", "ls", "--no-trunc", "--quiet", name])
        return set(listed.output.split())

    def _docker(self, *arguments: str) -> float:
        done = run([*self._shop.docker, *arguments], env=self._shop.env, cwd=self._folder)
        return done.seconds


class Direct:
    """`boxwright build` of the same plan and lock, to an OCI layout."""

    def __init__(self, project: Project, prepared: Path, wheels: Path) -> None:
        self._project = project
        self._prepared = prepared
        self._wheels = wheels
        self._program = program("boxwright", "install it beside this Python: `pip install .`")
        self._folder = project.state / "run" / DIRECT
        self._layout = project.state / "run" / f"{DIRECT}-layout"
        self._cache = project.state / "run" / f"{DIRECT}-cache"
        self._only_base = project.state / "cache-with-base"
        self._base: frozenset[str] = frozenset()
        self._image = f"{PREFIX}/{project.name}-{DIRECT}:app"
        self._workshop: Workshop | None = None
        self._numbers = itertools.count()

    def prepare(self) -> Path:
        """
        Make the cache that holds the base layers alone, as the engine holds its base images.

        Returns the layout of the empty project that left it behind.
        """
        empty, layout = self._project.state / "empty", self._project.state / "empty-layout"
        for folder in (empty, layout, self._cache, self._only_base):
            shutil.rmtree(folder, ignore_errors=True)
        empty.mkdir(parents=True)
        (empty / "main.py").write_text("print('nothing')\n")
        (empty / "pyproject.toml").write_text(
            '[project]\nname = "empty"\nversion = "1"\n'
            f'requires-python = "=={self._project.python}.*"\n'
        )
        self._build(empty, layout, offline=False)
        self._base = frozenset(layer.digest for layer in _layers(layout))
        self._cache.rename(self._only_base)
        return layout

    def start_over(self, workshop: Workshop) -> None:
        self._workshop = workshop
        for folder in (self._folder, self._cache, self._layout):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._prepared / "before", self._folder, symlinks=True)
        shutil.copytree(self._only_base, self._cache, symlinks=True)

    def build(self, *, cold: bool = False) -> Built:
        del cold  # The cache is what `start_over` left.
        seconds = self._build(self._folder, self._layout)
        return Built(build=seconds, push=0, layers=_layers(self._layout))

    def edit(self) -> None:
        with (self._folder / self._project.edited).open("a") as file:
            file.write(f"# changed {next(self._numbers)}\n")

    def add_dependency(self) -> None:
        for name in FROM_PLAN:
            source = self._prepared / "after" / name
            if source.exists():
                shutil.copy(source, self._folder / name)

    def unpacked(self, layers: tuple[Layer, ...]) -> int:
        return unpacked_in_layout(self._layout, list(layers))

    def base_layers(self) -> frozenset[str]:
        return self._base

    def image(self) -> str:
        if self._workshop is None:
            raise BenchError("a contender was asked before its round began")
        archive = self._layout.with_suffix(".tar")
        self._build(self._folder, archive)
        docker = self._workshop.docker
        run([*docker, "load", "--quiet", "--input", archive], env=self._workshop.env)
        archive.unlink()
        return self._image

    def clean_up(self) -> None:
        if self._workshop:
            docker, env = self._workshop.docker, self._workshop.env
            if run([*docker, "image", "ls", "--quiet", self._image], env=env).output.strip():
                run([*docker, "image", "rm", "--force", self._image], env=env)
        for folder in (self._folder, self._cache, self._layout):
            shutil.rmtree(folder, ignore_errors=True)

    def _build(self, folder: Path, output: Path, *, offline: bool = True) -> float:
        words = ["build", str(folder), f"--tag={self._image}", f"--output={output}", "--quiet"]
        done = run(
            [self._program, *words, *(["--offline"] if offline else [])],
            env={
                "BOXWRIGHT_CACHE_DIR": str(self._cache),
                "UV_FIND_LINKS": str(self._wheels),
                "UV_NO_INDEX": "1",
                # An installed program has its byte code; a checkout's is written at the first run.
                "PYTHONDONTWRITEBYTECODE": "",
                # Whatever else pip is set up with here must not decide what is compared.
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_FIND_LINKS": "",
                "PIP_NO_INDEX": "1",
            },
        )
        return done.seconds


def _layers(layout: Path) -> tuple[Layer, ...]:
    document = json.loads((layout / "index.json").read_text())
    while "manifests" in document:
        digest: str = document["manifests"][0]["digest"]
        document = json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
    return tuple(Layer(digest=one["digest"], size=one["size"]) for one in document["layers"])


def write_peer(project: Project, folder: Path, lock: Path, base: str) -> None:
    """Make *folder* the project as `docker init` leaves it, pinned as in *lock*."""
    project.copy(folder)
    (folder / "requirements.txt").write_text(pinned(lock))
    text = PEER_DOCKERFILE.format(base=base, application=project.application)
    (folder / "Dockerfile").write_text(text)
    (folder / ".dockerignore").write_text(PEER_DOCKERIGNORE)
