"""What the engine tells of an image: how it would be run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from boxwright.errors import EngineError
from boxwright.oci.config import Healthcheck
from boxwright.run.client import Client

_INITS = frozenset({"tini", "tini-static", "dumb-init", "docker-init", "catatonit", "init"})
_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineImage:
    """An image that an engine has."""

    id: str
    user: str
    """As the image has it; empty means root."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    """Of TCP, by number."""
    health: Healthcheck | None = None
    stop_signal: str = ""

    @property
    def process(self) -> tuple[str, ...]:
        """What it runs."""
        return (*self.entrypoint, *self.command)

    @property
    def is_root(self) -> bool:
        """Whether its process would be root's."""
        name = self.user.partition(":")[0].strip()
        return name in ("", "root") or (name.isdigit() and int(name) == 0)

    @property
    def has_init(self) -> bool:
        """Whether its first process looks after the others."""
        return bool(self.process) and self.process[0].rpartition("/")[2] in _INITS


def read_engine_image(client: Client, name: str) -> EngineImage | None:
    """Return what the engine tells of the image *name*; None if it has none of that name."""
    if name.startswith("-"):
        return None
    found = client.try_("image", "inspect", name)
    if found.status:
        return None
    try:
        listed = json.loads(found.out)
        return _read(listed[0])
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise EngineError(
            f"{client.engine.name} does not tell what `{name}` is: its answer is not understood",
            hint="see what `image inspect` says",
        ) from error


def _read(told: dict[str, Any]) -> EngineImage:
    config = told.get("Config") or {}
    return EngineImage(
        id=str(told.get("Id") or ""),
        user=str(config.get("User") or told.get("User") or ""),
        entrypoint=_words(config.get("Entrypoint")),
        command=_words(config.get("Cmd")),
        ports=_ports(config.get("ExposedPorts")),
        health=_health(config.get("Healthcheck") or told.get("HealthCheck")),
        stop_signal=str(config.get("StopSignal") or ""),
    )


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _ports(value: object) -> tuple[int, ...]:
    found = set()
    for text in value if isinstance(value, dict) else ():
        number, _, protocol = str(text).partition("/")
        if number.isascii() and number.isdigit() and protocol in ("", "tcp"):
            found.add(int(number))
    return tuple(sorted(port for port in found if 0 < port < 1 << 16))


def _health(value: object) -> Healthcheck | None:
    if not isinstance(value, dict):
        return None
    words = _words(value.get("Test"))
    if not words or words[0] == "NONE":
        return None

    def length(key: str, usual: float) -> float:
        number = value.get(key)
        return number / _NANO if isinstance(number, int) and number > 0 else usual

    retries = value.get("Retries")
    return Healthcheck(
        test=("/bin/sh", "-c", *words[1:]) if words[0] == "CMD-SHELL" else words[1:],
        interval=length("Interval", 30),
        timeout=length("Timeout", 30),
        start_period=length("StartPeriod", 0),
        retries=retries if isinstance(retries, int) and retries > 0 else 3,
    )
