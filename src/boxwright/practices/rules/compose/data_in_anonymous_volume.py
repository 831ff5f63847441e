"""
Data that is to stay is kept in a volume without a name.

An anonymous volume belongs to one container: `docker compose down` and `up` give the next one an empty volume, and the old one, with the checkpoints or the database in it, is left among others that have a hash for a name, until `docker volume prune` deletes it.
The images of databases declare such a volume themselves where none is mounted.

Bad:

```yaml
services:
  train:
    image: example/train:1.4
    volumes:
      - /workspace/checkpoints
```

```yaml
services:
  db:
    image: postgres:16.6
```

Good:

```yaml
services:
  db:
    image: postgres:16.6
    volumes:
      - db-data:/var/lib/postgresql/data
  web:
    image: node:22
    volumes:
      - ./web:/web
      - /web/node_modules
volumes:
  db-data:
```

## When it is fine

An anonymous volume that keeps a folder of the image from being hidden by a mount (`/app/node_modules`, `/app/.venv`) is what they are for.
A database of which nothing is to stay can have a `tmpfs`. In a file that is for tests by its name, databases may forget.

## Fix

A named volume takes its place. Unsafe: what is in the old volume is not copied.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import (
    changed_section,
    declare,
    free_name,
    mount_named_volume,
)
from boxwright.practices.compose_services import base_image, is_own, is_partial
from boxwright.practices.kind import server_of_image
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.compose_values import Mount
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Mapping, Scalar, as_mapping


@rule(ComposeFile, severity=Severity.WARNING)
def data_in_anonymous_volume(file: ComposeFile) -> Iterator[Problem]:
    partial = is_partial(file)
    for service in file.services:
        for mount in service.volumes:
            if mount.type == "volume" and not mount.source and _is_data(mount.target):
                message = f"`{mount.target}` is in a volume without a name, lost with the container"
                span = service.span_of(mount.node)
                yield Problem(message, span, _named(file, service, mount))
        if not partial and not _is_for_tests(file.path):
            yield from _of_image(file, service)


def _of_image(file: ComposeFile, service: Service) -> Iterator[Problem]:
    folder, title = _folder_of_image(service)
    if not folder or service.get("volumes_from") is not None:
        return
    for mount in service.volumes:
        target = posixpath.normpath(mount.target or "/")
        is_there = folder == target or folder.startswith(f"{target}/")
        if is_there or target.startswith(f"{folder}/") or "$" in target:
            return
    name = free_name(file, "volumes", f"{service.name}-data")
    found = mount_named_volume(file, service, name, folder)
    fix = found and Fix(f"Mount `{name}` there", found[0], Applicability.UNSAFE, found[1])
    where = "a volume without a name" if folder in _VOLUMES else "the container itself"
    message = f"{title} keeps its data in {where}: nothing is mounted at `{folder}`"
    yield Problem(message, service.span, fix or None)


def _folder_of_image(service: Service) -> tuple[str, str]:
    """Return where the database that *service* is keeps its data, and what it is called."""
    if service.build is not None:
        return "", ""
    image = base_image(service)
    server = server_of_image(image.name)
    if server is None or any(
        item.name in {"PGDATA", "POSTGRES_HOST_AUTH_METHOD"} for item in service.environment
    ):
        return "", ""
    folder = _FOLDERS.get(image.name, "")
    if server.name == "postgres" and folder:
        major = image.parts.version.partition(".")[0]
        if image.name == "pgvector/pgvector" and "-pg" in image.tag:
            major = image.tag.rpartition("-pg")[2][:2]
        # From 18 on the volume is one folder above.
        if not major.isdecimal() or not 9 <= int(major) < 18:
            return "", ""
    return folder, server.title


def _named(file: ComposeFile, service: Service, mount: Mount) -> Fix | None:
    node = mount.node
    if node.source is not file.source or node.is_shared or not is_own(service, "volumes"):
        return None
    name = f"{service.name}-{posixpath.basename(mount.target.rstrip('/'))}".lower()
    name = free_name(file, "volumes", name)
    second = declare(file, "volumes", name)
    if isinstance(node, Mapping) or not isinstance(node, Scalar) or second is None:
        return None
    if as_mapping(node) is not None or not name.replace("-", "").replace("_", "").isalnum():
        return None
    first = replace_value(file.source, node, f"{name}:{node.text}")
    changes = (f"services.{service.key.text}.volumes", changed_section(file, "volumes", name))
    return Fix(f"Name it `{name}`", (first, second), Applicability.UNSAFE, changes)


def _is_data(target: str) -> bool:
    name = posixpath.basename(target.rstrip("/")).lower()
    words = set(name.replace("-", "_").replace(".", "_").split("_"))
    return bool(words & _DATA) or target.rstrip("/") in _FOLDERS.values()


def _is_for_tests(path: str) -> bool:
    words = path.lower().replace("-", "/").replace("_", "/").replace(".", "/").split("/")
    return not {"test", "tests", "testing", "ci", "e2e", "integration"}.isdisjoint(words)


_DATA = frozenset(
    {
        "checkpoints", "checkpoint", "ckpt", "ckpts", "models", "model", "weights", "data",
        "dataset", "datasets", "outputs", "output", "results", "mlruns", "mlartifacts",
        "artifacts", "runs", "experiments", "wandb", "backups", "uploads",
    }
)  # fmt: skip
_FOLDERS = {
    "postgres": "/var/lib/postgresql/data",
    "pgvector/pgvector": "/var/lib/postgresql/data",
    "postgis/postgis": "/var/lib/postgresql/data",
    "mysql": "/var/lib/mysql",
    "mariadb": "/var/lib/mysql",
    "mongo": "/data/db",
    "qdrant/qdrant": "/qdrant/storage",
    "semitechnologies/weaviate": "/var/lib/weaviate",
    "cr.weaviate.io/semitechnologies/weaviate": "/var/lib/weaviate",
    "milvusdb/milvus": "/var/lib/milvus",
    "elasticsearch": "/usr/share/elasticsearch/data",
    "docker.elastic.co/elasticsearch/elasticsearch": "/usr/share/elasticsearch/data",
}
_VOLUMES = frozenset({"/var/lib/postgresql/data", "/var/lib/mysql", "/data/db"})
"""Those for which the image declares a volume."""
