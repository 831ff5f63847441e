"""What builds Dockerfiles here, and what runs compose files: for those who want the files."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from boxwright.doctor.engines import Engine
from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result, listing
from boxwright.doctor.version import numbers, version_in

_BUILD = Area("files")
_LEAST_COMPOSE = (2, 17)
"""From here on our compose files are read as they are meant."""


@functools.cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("builders.toml").read_text("utf-8"))


def check_builders(host: Host, engine: Engine | None) -> Iterator[Result]:
    """Yield what *engine* builds Dockerfiles with, and what Docker Compose is there."""
    if engine is None:
        return
    if engine.name == "docker":
        yield _buildx(host, engine)
    elif engine.name == "podman":
        yield _buildah(host, engine)
    else:
        yield _buildkit(host)
    yield _compose(host, engine)


def lacking(builder: str, version: str) -> tuple[str, ...]:
    """Return what *builder* (a table of `builders.toml`) cannot do yet in *version*."""
    there = numbers(version)
    return tuple(what for what, since in _table()[builder].items() if there < numbers(since))


def _told(builder: str, version: str) -> str:
    missing = lacking(builder, version)
    return f" (without {listing(missing)})" if missing else ""


def _buildx(host: Host, engine: Engine) -> Result:
    answer = host.run(engine.program, "buildx", "version")
    version = version_in(answer.out) if answer and answer.status == 0 else ""
    built_in = _told("docker", engine.version)
    if not version:
        return _BUILD.warning(
            "BuildKit",
            f"there is no `docker buildx`{built_in}",
            "install the package `docker-buildx-plugin` (Debian: `docker-buildx`) to build"
            " Dockerfiles; `boxwright build` needs none",
        )
    evidence = f"buildx {version}, in Docker {engine.version}{built_in}"
    if "RUN --mount" in lacking("docker", engine.version):
        return _BUILD.failure("BuildKit", evidence, "install Docker 23 or newer")
    return _BUILD.ok("BuildKit", evidence)


def _buildah(host: Host, engine: Engine) -> Result:
    answer = host.run(engine.program, "info", "--format", "{{.Host.BuildahVersion}}")
    version = version_in(answer.out) if answer and answer.status == 0 else ""
    if not version:
        return _BUILD.unknown("buildah", "podman does not say which one it builds with")
    evidence = f"buildah {version}{_told('buildah', version)}"
    if "RUN --mount" in lacking("buildah", version):
        return _BUILD.failure("buildah", evidence, "install podman 4 or newer")
    return _BUILD.ok("buildah", evidence)


def _buildkit(host: Host) -> Result:
    answer = host.run("buildctl", "--version")
    version = version_in(answer.out) if answer and answer.status == 0 else ""
    if not version:
        hint = "install BuildKit and start `buildkitd` to build Dockerfiles with nerdctl"
        return _BUILD.warning("BuildKit", "there is no program `buildctl`", hint)
    return _BUILD.ok("BuildKit", f"buildctl {version}")


def _compose(host: Host, engine: Engine) -> Result:
    answer = host.run(engine.program, "compose", "version")
    version = version_in(answer.out) if answer and answer.status == 0 else ""
    install = "install the package `docker-compose-plugin` (Debian: `docker-compose`)"
    if not version:
        return _BUILD.warning(
            "Compose",
            f"`{engine.name} compose` is not there",
            f"{install} to start a project with its companions",
        )
    if engine.name == "nerdctl":
        return _BUILD.ok("Compose", f"that of nerdctl {version}")
    evidence = f"{version}{_told('compose', version)}"
    if numbers(version) < _LEAST_COMPOSE:
        return _BUILD.warning("Compose", evidence, f"{install} 2.17 or newer")
    return _BUILD.ok("Compose", evidence)
