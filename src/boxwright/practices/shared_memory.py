"""Which containers let processes exchange data by `/dev/shm`, and how much of it they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.containers import Container, PodContainer, ServiceContainer

DEFAULT_MEGABYTES = 64
"""What a container has where nothing else is said."""


class SharedMemoryUse(NamedTuple):
    """What a container needs `/dev/shm` for."""

    why: str
    """As a clause."""
    gigabytes: int
    """What is enough as a rule."""
    is_certain: bool
    """Whether its command says so; else it is that its kind usually does."""


def shared_memory_use(container: Container) -> SharedMemoryUse | None:
    """Return what *container* needs `/dev/shm` for, None where that is not known to be so."""
    options = dict(_options(container))
    for name, value in options.items():
        if name.endswith("num_workers") and _is_several(value, 1):
            return SharedMemoryUse(f"it loads data in {value} processes", 8, is_certain=True)
        if name in _PROCESSES and _is_several(value, 2):
            return SharedMemoryUse(f"its {value} processes share tensors", 8, is_certain=True)
    name = container.server.name if container.server is not None else ""
    if name == "triton":
        return SharedMemoryUse("Triton's Python backend passes tensors by it", 2, is_certain=False)
    if container.brings("torch") is None:
        return None
    if container.kind in {"training", "notebook"}:
        why = "the data loaders of PyTorch pass batches by it"
        return SharedMemoryUse(why, 8, is_certain=False)
    return None


def is_default_size(container: ServiceContainer | PodContainer) -> bool:
    """Tell whether *container* has no more than the 64 MB that an engine gives it."""
    if any(mount.target == "/dev/shm" for mount in container.mounts):  # noqa: S108
        return False
    if container.is_service:
        service = container.service  # type: ignore[union-attr]
        if service.get("ipc") is not None:
            return False
        size = service.shm_size
        return service.get("shm_size") is None if size is None else size <= DEFAULT_MEGABYTES << 20
    from boxwright.syntax.yaml.node import as_bool

    return as_bool(container.spec.pod.get("hostIPC")) is not True  # type: ignore[union-attr]


def _options(container: Container) -> Iterator[tuple[str, str]]:
    """Return the options of what is started with their values, hyphens as underscores."""
    commands = container.started
    if not commands and container.stage is not None:
        commands = container.stage.start_commands
    for command in commands:
        words = [word.value for word in command.words]
        for at, word in enumerate(words):
            name, equals, value = word.partition("=")
            if not equals and name.startswith("-"):
                value = words[at + 1] if at + 1 < len(words) else ""
            if name.startswith("-") or equals:
                # `data.num_workers=8` of Hydra is one too.
                yield name.lstrip("-").rpartition(".")[2].replace("-", "_"), value


def _is_several(value: str, least: int) -> bool:
    return value in {"gpu", "auto"} or (value.isdecimal() and int(value[:6]) >= least)


_PROCESSES = frozenset(
    {
        "nproc_per_node",
        "num_processes",
        "num_gpus",
        "tensor_parallel_size",
        "tp",
        "tp_size",
        "num_shard",
    }
)
"""Options of torchrun, accelerate, DeepSpeed, vLLM, SGLang and TGI for processes on one machine."""
