"""What is run: every decision about one container, before an engine's words for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources

NO_NETWORK = "none"
CLOSED = "boxwright-closed"
"""The network on which a published port answers, and from which no way leads out."""
SECRETS = "/run/secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """A folder or file of this machine, or a volume of the engine, in the container."""

    kind: str
    """`bind` or `volume`."""
    source: str
    target: str
    read_only: bool = False
    is_new_for_user: bool = False
    """Whether the engine would make its folder for root, although the user writes to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of the container that 127.0.0.1 answers for."""

    inside: int
    outside: int | None = None
    """None: any that is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A credential that the container finds in /run/secrets."""

    name: str
    path: Path | None = None
    """The file that holds it."""
    value: str | None = field(default=None, repr=False)
    """Where it comes from a variable; in no message and no command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container as it is to be run; what is not said is as the image has it."""

    image: str
    name: str
    entrypoint: tuple[str, ...] = ()
    """In place of the image's; empty: the image's own."""
    command: tuple[str, ...] = ()
    """After the entrypoint; empty: the image's own."""
    user: str = ""
    """Numeric; empty: the image's, which is known not to be root."""
    writable_root: bool = False
    scratch: tuple[str, ...] = ()
    """Folders in memory, each `PATH:OPTIONS`."""
    mounts: tuple[Mounted, ...] = ()
    secrets: tuple[SecretFile, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """Variables that the program alone is to see: texts with names of secrets in braces."""
    env: tuple[tuple[str, str], ...] = ()
    hidden_env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Variables whose values are on no command line, but known to the engine."""
    env_files: tuple[Path, ...] = ()
    ports: tuple[Port, ...] = ()
    network: str = NO_NETWORK
    resources: Resources = field(default_factory=Resources)
    health: Healthcheck | None = None
    """How it is asked, and by the engine as well where *tells_engine*."""
    tells_engine: bool = False
    is_checked: bool = True
    """False: the image has a health check that does not apply to this process."""
    needs_init: bool = False
    stop_seconds: int = 30
    stop_signal: str = ""
    kind: str = "service"
    """As `Workload.kind`: `job`s end by themselves."""
    path: str = ""
    """Of its health, where it is asked by HTTP."""

    @property
    def uses_closed_network(self) -> bool:
        """Whether it is on the network that this project makes."""
        return self.network == CLOSED
