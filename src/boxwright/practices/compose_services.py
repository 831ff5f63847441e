"""What the services of a Compose file run: by their images, Dockerfiles and commands."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from boxwright.practices.base_images import BaseFacts, BaseImage
from boxwright.practices.kind import Server, server_named, server_of_image
from boxwright.syntax.yaml.node import Node, Scalar, as_mapping
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.compose_file import ComposeFile
    from boxwright.practices.programs.servers import ServerCommand
    from boxwright.syntax.yaml.compose import Service


class Running(NamedTuple):
    """What a service runs."""

    kind: str
    """`service`, `worker`, `training`, `notebook`, `batch` or `unknown`."""
    server: Server | None
    """What is known of the server that it is."""
    command: ServerCommand | None
    """How it is started, where the Compose file or the Dockerfile says it."""


def base_image(service: Service) -> BaseImage:
    """Return the image that *service* is given; a tag that is not known is left out."""
    text = service.compose.interpolated(service.image_node).text
    if "${" in text:
        # What stands before the tag may be known all the same.
        name, colon, _ = text.partition(":${")
        text = name if colon and "$" not in name else ""
    return BaseImage(text or None)


def facts(file: ComposeFile, service: Service) -> BaseFacts | None:
    """Return what is known of the image of *service*, or of what that is built on."""
    if service.build is None:
        return base_image(service).facts
    build = file.build(service)
    return build.final.base.facts if build is not None and build.final is not None else None


def running(file: ComposeFile, service: Service) -> Running:
    """Return what *service* runs, as far as that is known."""
    from boxwright.practices.programs.servers import server_command

    started = (server_command(command) for command in service.start)
    command = next((found for found in started if found is not None), None)
    if command is not None:
        server = server_named(command.name)
        if server is None and service.build is None:
            of_image = _image_server(service)
            server = of_image if of_image and of_image.kind == command.kind else None
        return Running(command.kind, server, command)
    programs = {it.program for it in service.start} - {""}
    if programs & JOBS:
        return Running("batch", None, None)
    if service.get("entrypoint") is None:
        if service.build is not None:
            build = file.build(service)
            final = build.final if build is not None else None
            if final is not None and all(it.startswith("-") for it in programs):
                own = final.server
                server = server_named(own.name) if own is not None else None
                return Running(final.kind, server, own)
        elif not programs & _INTERPRETERS:
            server = _image_server(service)
            if server is not None:
                return Running(server.kind, server, None)
    return Running("unknown", None, None)


def has_program(file: ComposeFile, service: Service, name: str) -> bool | None:
    """Tell whether the program *name* is in the image of *service*; None if it is not known."""
    if service.build is None:
        found = base_image(service).facts
        return found.has_program(name) if found is not None else None
    build = file.build(service)
    return build.final.has_program(name) if build is not None and build.final is not None else None


def is_health_checked(file: ComposeFile, service: Service) -> bool | None:
    """Tell whether the health of *service* is checked; None if its image may do it."""
    check = service.healthcheck
    if check is not None and check.is_disabled:
        return False
    if check is not None and check.test is not None:
        return True
    if service.build is not None:
        build = file.build(service)
        if build is None or build.final is None:
            return None
        if build.final.healthcheck is not None:
            return not build.final.healthcheck.none
        found = build.final.base.facts
        return found.healthcheck if found is not None else None
    found = base_image(service).facts
    if found is not None and found.healthcheck:
        return True
    server = _image_server(service)
    return False if server is not None and server.name in _UNCHECKED else None


def is_partial(file: ComposeFile) -> bool:
    """
    Tell whether *file* goes on top of others, or takes parts from files that are not known.

    What it does not say may be said elsewhere then.
    """
    if "override" in posixpath.basename(file.path) or (
        file.compose.root is not None and file.compose.root.get("include") is not None
    ):
        return True
    return any(
        not any(service.get(key) is not None for key in ("image", "build", "extends", "provider"))
        for service in file.services
    )


def run_together(one: Service, other: Service) -> bool:
    """Tell whether two services can be up at once: by their profiles, nothing else is seen."""
    return (
        not one.profiles or not other.profiles or not set(one.profiles).isdisjoint(other.profiles)
    )


def is_own(service: Service, *path: str) -> bool:
    """Tell whether what lies at *path* of *service* can be changed for it alone."""
    node: Node | None = service.node
    if node is None or node.is_shared:
        return False
    for key in path:
        mapping = as_mapping(node)
        if mapping is None:
            return isinstance(node, Scalar) and node.is_null
        pair = mapping.own(key)
        if pair is None:
            return mapping.pair(key) is None
        if pair.is_alias or pair.value.is_shared:
            return False
        node = pair.value
    return True


DATABASES = frozenset(
    {
        "postgres", "redis", "mysql", "mongo", "rabbitmq", "kafka", "minio", "elasticsearch",
        "qdrant", "milvus", "weaviate", "chroma",
    }
)  # fmt: skip
"""The servers that keep what others store in them, by their names in the table of servers."""
JOBS = frozenset({"alembic", "pytest", "dvc", "papermill", "flyway", "liquibase", "dbt"})
"""Programs that come to an end."""
_INTERPRETERS = frozenset(
    {"python", "python3", "sh", "bash", "ash", "dash", "sleep", "tail", "cat", "echo", "node"}
)
_UNCHECKED = frozenset(
    {
        "postgres", "redis", "mysql", "mongo", "rabbitmq", "minio", "elasticsearch", "qdrant",
        "weaviate", "ollama", "vllm", "triton", "tgi", "tei", "mlflow", "prometheus", "grafana",
        "nginx",
    }
)  # fmt: skip
"""The servers whose images have no health check of their own."""


def _image_server(service: Service) -> Server | None:
    return server_of_image(base_image(service).name)
