"""Variables by which images take a credential from a file instead of from their environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxwright.practices.containers import Container


def file_variable(container: Container, name: str) -> str:
    """
    Return the variable by which the image takes the path of a file instead of *name*.

    Empty where none is known.
    """
    is_python = container.server is None or container.server.name not in _NOT_IN_PYTHON
    if name == "HF_TOKEN" and is_python and container.brings(*_WITH_HUB):
        return "HF_TOKEN_PATH"
    if container.server is None or not container.is_infrastructure:
        return ""
    prefixes, ending = _BY_FILE.get(container.server.name, ((), ""))
    return name + ending if name.startswith(prefixes) and prefixes else ""


_WITH_HUB = ("huggingface-hub", "transformers", "diffusers", "sentence-transformers", "vllm")
_NOT_IN_PYTHON = frozenset({"tgi", "tei"})
"""Servers that fetch models by themselves, and know `HF_TOKEN` only."""
_BY_FILE: dict[str, tuple[tuple[str, ...], str]] = {
    "postgres": (("POSTGRES_PASSWORD",), "_FILE"),
    "mysql": (("MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD", "MARIADB_"), "_FILE"),
    "mongo": (("MONGO_INITDB_ROOT_PASSWORD",), "_FILE"),
    "minio": (("MINIO_ROOT_PASSWORD",), "_FILE"),
    "grafana": (("GF_",), "__FILE"),
}
"""Images whose start reads variables from files: which, and what is behind their names then."""
