"""Which folders of an image its processes write to while they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.user_folders import home_of, is_within
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.containers import Container

TEMPORARY = "/tmp"  # noqa: S108 (of a container)


class WrittenFolder(NamedTuple):
    """A folder that a container writes to."""

    path: str
    why: str
    """Who does, as a clause."""
    is_temporary: bool
    """Whether nobody misses what is in it when the container ends."""


def written_folders(container: Container) -> tuple[WrittenFolder, ...]:
    """
    Return the folders that *container* is known to write to; volumes of its image are none.

    Without them it fails, or works without a cache that it was to have.
    """
    found: dict[str, WrittenFolder] = {}
    for folder in _written(container):
        if folder.path.startswith("/") and "$" not in folder.path:
            found.setdefault(folder.path, folder)
    return tuple(
        folder
        for path, folder in found.items()
        if not any(path != other and is_within(path, other) for other in found)
    )


def is_writable_at(container: Container, path: str) -> bool:
    """Tell whether something that *container* may write to is mounted at *path*, or above it."""
    around = [mount for mount in container.mounts if is_within(path, mount.target)]
    # The innermost is what is seen.
    nearest = max(around, key=lambda mount: len(mount.target), default=None)
    return nearest is not None and not nearest.read_only


def _written(container: Container) -> Iterator[WrittenFolder]:
    server = container.server
    if server is not None and server.name in _OF_SERVERS:
        for path in _OF_SERVERS[server.name]:
            yield WrittenFolder(path, f"{server.title} writes there", is_temporary=True)
        return
    yield WrittenFolder(TEMPORARY, _who_uses_tmp(container), is_temporary=True)
    for name, is_temporary in _VARIABLES.items():
        value = container.environment.get(name)
        if value and not (name.startswith("HF_") and _is_offline(container)):
            yield WrittenFolder(value.rstrip("/"), f"`{name}` says so", is_temporary)
    yield from _model_caches(container)


def _who_uses_tmp(container: Container) -> str:
    if container.server is not None:
        return f"{container.server.title} needs it"
    is_python = container.library is not None or (
        container.facts is not None and container.facts.python is not None
    )
    return "Python's `tempfile` needs it" if is_python else "most programs need it"


def _model_caches(container: Container) -> Iterator[WrittenFolder]:
    """Return where models are put that are fetched at the start, in the home of the user."""
    if _is_offline(container):
        return
    home = _home(container)
    if home is None:
        return
    for variables, libraries, folder in _CACHES:
        library = container.brings(*libraries)
        if library is not None and not container.has_variable(*variables):
            yield WrittenFolder(f"{home}/{folder}", f"`{library}` keeps models there", False)
    if container.server is not None and container.server.name == "ollama":
        yield WrittenFolder(f"{home}/.ollama", "Ollama keeps models there", is_temporary=False)


def _home(container: Container) -> str | None:
    said = container.variable("HOME")
    if said:
        return said.rstrip("/")
    if container.user_is_root:
        return "/root"
    stage = container.stage
    if stage is None or stage.user.is_root is not False or container.user_is_root is None:
        return None
    home = home_of(stage, stage.user)
    return home.path if home.exists and home.path != "/" else None


def _is_offline(container: Container) -> bool:
    """Tell whether models are in the image, and nothing may be fetched."""
    values = [
        container.variable(name)
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
    ]
    return any((value or "").lower() in {"1", "true", "on", "yes"} for value in values)


_OF_SERVERS: dict[str, tuple[str, ...]] = {
    "nginx": ("/var/cache/nginx", "/run"),
    "postgres": (TEMPORARY, "/run/postgresql"),
    "mysql": (TEMPORARY, "/run/mysqld"),
    "redis": (),
}
"""Beside the folders that their images declare as volumes."""
_VARIABLES = {
    "TMPDIR": True,
    "MPLCONFIGDIR": True,
    "NUMBA_CACHE_DIR": True,
    "TRITON_CACHE_DIR": True,
    "TORCHINDUCTOR_CACHE_DIR": True,
    "CUDA_CACHE_PATH": True,
    "PROMETHEUS_MULTIPROC_DIR": True,
    "XDG_CACHE_HOME": True,
    "HF_HOME": False,
    "HF_HUB_CACHE": False,
    "HF_DATASETS_CACHE": False,
    "TRANSFORMERS_CACHE": False,
    "SENTENCE_TRANSFORMERS_HOME": False,
    "TORCH_HOME": False,
    "KERAS_HOME": False,
    "WANDB_DIR": False,
    "OLLAMA_MODELS": False,
}
"""Variables that name such a folder, and whether it is a temporary one."""
_CACHES: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (
        ("HF_HOME", "HF_HUB_CACHE", "TRANSFORMERS_CACHE", "XDG_CACHE_HOME"),
        ("vllm", "transformers", "sentence-transformers", "diffusers", "faster-whisper"),
        ".cache/huggingface",
    ),
)
"""Variables that move a cache, who has it, and where it is in the home."""
