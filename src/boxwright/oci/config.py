"""The image configuration (image-spec, config.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck:
    """
    How an engine asks whether the container is well.

    A key of Docker's that the specification reserves; Docker and podman honour it in
    OCI configurations too, Kubernetes ignores it. Durations are in seconds.
    """

    test: tuple[str, ...]
    """The command in exec form, without the leading `CMD`."""
    interval: float = 30
    timeout: float = 5
    start_period: float = 30
    retries: int = 3

    def to_dict(self) -> dict[str, Any]:
        """Return the health check as Docker writes it, durations in nanoseconds."""
        return {
            "Test": ["CMD", *self.test],
            "Interval": int(self.interval * 1_000_000_000),
            "Timeout": int(self.timeout * 1_000_000_000),
            "StartPeriod": int(self.start_period * 1_000_000_000),
            "Retries": self.retries,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What made a layer, or changed the configuration."""

    created_by: str
    empty_layer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """How a container of the image is started, and what the image consists of."""

    platform: Platform
    created: str
    """RFC 3339; never the time of the build."""
    user: str = ""
    working_dir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    """`8000/tcp`."""
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    healthcheck: Healthcheck | None = None
    diff_ids: tuple[Digest, ...] = ()
    history: tuple[History, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as the specification writes it in JSON."""
        config: dict[str, Any] = {
            "User": self.user,
            "WorkingDir": self.working_dir,
            "Env": [f"{name}={value}" for name, value in self.env],
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.cmd),
            "ExposedPorts": {port: {} for port in self.exposed_ports},
            "Volumes": {path: {} for path in self.volumes},
            "StopSignal": self.stop_signal,
            "Labels": dict(self.labels),
        }
        config = {key: value for key, value in config.items() if value}
        if self.healthcheck:
            config["Healthcheck"] = self.healthcheck.to_dict()
        return {
            **self.platform.to_dict(),
            "created": self.created,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": list(self.diff_ids)},
            "history": [
                {"created": self.created, "created_by": step.created_by}
                | ({"empty_layer": True} if step.empty_layer else {})
                for step in self.history
            ],
        }
