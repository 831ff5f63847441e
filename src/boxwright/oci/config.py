"""The image configuration (image-spec, config.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.oci.digest import Digest
from boxwright.oci.document import Node
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

    @classmethod
    def from_dict(cls, document: Node) -> Healthcheck | None:
        """
        Return the health check that *document* is; None where it turns one off.

        A command for a shell comes as `/bin/sh -c` and its text.
        """
        test = document.get("Test")
        words = tuple(word.text() for word in test.items()) if test else ()
        if not words or words[0] == "NONE":
            return None
        defaults = cls(test=())
        retries = document.get("Retries")
        return cls(
            test=("/bin/sh", "-c", *words[1:]) if words[0] == "CMD-SHELL" else words[1:],
            interval=_seconds(document, "Interval", defaults.interval),
            timeout=_seconds(document, "Timeout", 30),
            start_period=_seconds(document, "StartPeriod", 0),
            retries=retries.size() if retries and retries.size() else defaults.retries,
        )

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
    created: str = ""
    """RFC 3339; written as the image's own where it is empty."""
    comment: str = ""


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
    shell: tuple[str, ...] = ()
    """What the shell form of instructions runs in; an extension of Docker's."""
    on_build: tuple[str, ...] = ()
    """Instructions for whoever builds on the image; an extension of Docker's."""

    @classmethod
    def from_dict(cls, document: Node) -> ImageConfig:
        """Return the configuration that *document* is; StoreError names the key that is wrong."""
        config = document.get("config") or Node({}, document.document, "config")
        created = document.get("created")
        variant = document.get("variant")
        healthcheck = config.get("Healthcheck")
        labels = config.get("Labels")
        diff_ids = document.member("rootfs").member("diff_ids").items()
        history = document.get("history")
        return cls(
            platform=Platform(
                os=document.member("os").text(),
                architecture=document.member("architecture").text(),
                variant=variant.text() if variant else "",
            ),
            created=created.text() if created else "",
            user=_text(config, "User"),
            working_dir=_text(config, "WorkingDir"),
            env=tuple(
                (name, value)
                for name, _, value in (entry.partition("=") for entry in _texts(config, "Env"))
            ),
            entrypoint=_texts(config, "Entrypoint"),
            cmd=_texts(config, "Cmd"),
            exposed_ports=_keys(config, "ExposedPorts"),
            volumes=_keys(config, "Volumes"),
            stop_signal=_text(config, "StopSignal"),
            labels=labels.texts() if labels else {},
            healthcheck=Healthcheck.from_dict(healthcheck) if healthcheck else None,
            diff_ids=tuple(node.digest() for node in diff_ids),
            history=tuple(_history(step) for step in history.items()) if history else (),
            shell=_texts(config, "Shell"),
            on_build=_texts(config, "OnBuild"),
        )

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
            "Shell": list(self.shell),
            "OnBuild": list(self.on_build),
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
                {"created": step.created or self.created, "created_by": step.created_by}
                | ({"comment": step.comment} if step.comment else {})
                | ({"empty_layer": True} if step.empty_layer else {})
                for step in self.history
            ],
        }


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return found.text() if found else ""


def _texts(node: Node, key: str) -> tuple[str, ...]:
    found = node.get(key)
    return tuple(item.text() for item in found.items()) if found else ()


def _keys(node: Node, key: str) -> tuple[str, ...]:
    found = node.get(key)
    return tuple(found.keys()) if found else ()


def _seconds(node: Node, key: str, default: float) -> float:
    """Return the nanoseconds *key* in seconds; Docker means its default by 0."""
    found = node.get(key)
    return found.size() / 1_000_000_000 if found and found.size() else default


def _history(node: Node) -> History:
    empty = node.get("empty_layer")
    return History(
        created_by=_text(node, "created_by"),
        empty_layer=bool(empty and empty.value),
        created=_text(node, "created"),
        comment=_text(node, "comment"),
    )
