"""What whoever runs a container wants otherwise than plan and image say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.errors import SettingsError
from boxwright.plan.model import Resources
from boxwright.practices.secret_names import is_secret_name
from boxwright.run.model import Container, Mounted, Port, SecretFile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,100}")
_MIB = 1 << 20
_LEAST_MEMORY = 6 * _MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked for on the command line; None and empty leave it as it is."""

    name: str = ""
    command: tuple[str, ...] = ()
    entrypoint: str = ""
    user: str = ""
    ports: tuple[Port, ...] = ()
    network: str = ""
    """`none`, `published` or the name of a network; empty: `published` where ports are."""
    env: tuple[tuple[str, str], ...] = ()
    env_files: tuple[Path, ...] = ()
    secrets: tuple[SecretFile, ...] = ()
    mounts: tuple[Mounted, ...] = ()
    scratch: tuple[str, ...] = ()
    """Further folders in memory."""
    memory: int | None = None
    cpus: float | None = None
    pids: int | None = None
    gpus: int | None = None
    without_gpu: bool = False

    def resources(self, usual: Resources) -> Resources:
        """Return *usual* with what is wanted otherwise."""
        gpus = usual.gpus if self.gpus is None else self.gpus
        return replace(
            usual,
            memory=self.memory or usual.memory,
            cpus=self.cpus or usual.cpus,
            pids=self.pids or usual.pids,
            gpus=0 if self.without_gpu else gpus,
        )

    def added_to(self, container: Container) -> Container:
        """Return *container* with the variables, files, secrets and mounts that are wanted."""
        named = {it.target: it for it in (*container.mounts, *self.mounts)}
        secrets = {it.name: it for it in (*container.secrets, *self.secrets)}
        hidden = {name: value for name, value in self.env if is_secret_name(name, value)}
        shown = {name: value for name, value in self.env if name not in hidden}
        own = {**dict(container.env), **shown}
        taken = {name for name, _ in self.env}
        return replace(
            container,
            mounts=tuple(named[target] for target in sorted(named)),
            secrets=tuple(secrets[name] for name in sorted(secrets)),
            env=tuple(sorted((name, own[name]) for name in own if name not in hidden)),
            values=tuple((name, text) for name, text in container.values if name not in taken),
            hidden_env=(*container.hidden_env, *sorted(hidden.items())),
            env_files=(*container.env_files, *self.env_files),
            scratch=(*container.scratch, *self.scratch),
        )


def checked_name(text: str) -> str:
    """Return *text*, the name of a container, or nothing."""
    if text and not _NAME.fullmatch(text):
        raise SettingsError(
            f"`{text}` is no name of a container",
            hint="use letters, digits, dots, dashes and underscores",
        )
    return text


def checked_network(text: str) -> str:
    """Return *text*, the name of a network, or nothing."""
    if text and not _NETWORK.fullmatch(text):
        raise SettingsError(
            f"`{text}` is no network", hint="write `none`, `published` or the name of one"
        )
    return text


def checked_user(text: str) -> str:
    """Return *text*, a user by number, or nothing."""
    if text and not re.fullmatch(r"[0-9]{1,10}(:[0-9]{1,10})?", text):
        raise SettingsError(
            f"`{text}` is no numeric user", hint="write `UID` or `UID:GID`: `--user 65532`"
        )
    return text


def parse_size(text: str) -> int:
    """
    Return the bytes that *text* says, as engines understand it.

    >>> parse_size("512m"), parse_size("1.5g")
    (536870912, 1610612736)
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([kmgt])(?:i?b)?", text.strip().lower())
    if match is None:
        raise SettingsError(f"`{text}` is no amount of memory", hint="write `512m` or `2g`")
    found = round(float(match[1]) * (1 << 10 * (1 + "kmgt".index(match[2]))))
    if found < _LEAST_MEMORY:
        raise SettingsError(f"`{text}` is less than any process needs", hint="write `64m` or more")
    return found


def parse_port(text: str) -> Port:
    """
    Return the port that *text* publishes: `8000`, or `80:8000` with this machine's first.

    >>> parse_port("8000"), parse_port("80:8000")
    (Port(inside=8000, outside=8000), Port(inside=8000, outside=80))
    """
    outside, colon, inside = text.rpartition(":")
    address, _, number = outside.rpartition(":")
    if address not in ("", "127.0.0.1", "localhost"):
        raise SettingsError(
            f"`{text}` publishes a port to others than this machine",
            hint="ports are published on 127.0.0.1 alone: put what encrypts and lets people in"
            " before it, as `boxwright rule port-on-all-interfaces` says",
        )
    random = bool(colon) and number in ("", "0")
    numbers = [inside] if random or not colon else [inside, number]
    if not all(it.isascii() and it.isdigit() and 0 < int(it) < 1 << 16 for it in numbers):
        raise SettingsError(f"`{text}` is no port", hint="write `8000`, or `80:8000`")
    return Port(inside=int(inside), outside=None if random else int(number or inside))


def parse_env(text: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that *text* sets: `NAME=value`, or `NAME` for that of *environ*."""
    name, equals, value = text.partition("=")
    if not _VARIABLE.fullmatch(name):
        raise SettingsError(
            "`--env` names no variable" if not name else f"`{name}` is no name of a variable",
            hint="write `NAME=value`",
        )
    if not equals:
        if name not in environ:
            raise SettingsError(
                f"the variable `{name}` is not set here", hint=f"write `--env {name}=value`"
            )
        value = environ[name]
    return name, value


def parse_secret(text: str) -> SecretFile:
    """Return the secret that *text* gives: `NAME=FILE`."""
    name, equals, path = text.partition("=")
    if not equals or not path or not _NAME.fullmatch(name):
        raise SettingsError(
            "`--secret` needs a name and a file",
            hint="write `--secret NAME=FILE`: the container finds it as /run/secrets/NAME",
        )
    return SecretFile(name=name, path=Path(path).expanduser().absolute())


def parse_mount(text: str) -> Mounted:
    """
    Return the mount that *text* asks for: `SOURCE:TARGET`, with `:rw` to write to it.

    A source with a `/` in it or of dots alone is a path of this machine, another a volume.

    >>> parse_mount("models:/models")
    Mounted(kind='volume', source='models', target='/models', read_only=True, is_new_for_user=False)
    """
    words = text.split(":")
    mode = words.pop() if len(words) > 2 and words[-1] in ("ro", "rw") else "ro"
    source, target = ":".join(words[:-1]), words[-1]
    if not source or not target.startswith("/") or ".." in target.split("/"):
        raise SettingsError(
            f"`{text}` is no mount",
            hint="write `SOURCE:TARGET`, and `SOURCE:TARGET:rw` where it is written to",
        )
    if "docker.sock" in source or target.rstrip("/") in ("", "/proc", "/sys", "/dev"):
        raise SettingsError(
            f"`{text}` would give the container this machine",
            hint="`boxwright rule docker-socket-mounted` says why",
        )
    read_only = mode == "ro"
    if "/" in source or source in (".", "..", "~"):
        path = Path(source).expanduser().absolute()
        if not path.exists():
            raise SettingsError(f"there is nothing at `{source}`", hint="check the path")
        return Mounted(kind="bind", source=str(path), target=target, read_only=read_only)
    return Mounted(
        kind="volume",
        source=source,
        target=target,
        read_only=read_only,
        is_new_for_user=not read_only,
    )


def parse_scratch(text: str) -> str:
    """
    Return the folder in memory that *text* asks for: `PATH` or `PATH:SIZE` (`64m`).

    >>> parse_scratch("/var/cache/app:16m")
    '/var/cache/app:mode=1777,size=16m'
    """
    path, _, size = text.partition(":")
    if not path.startswith("/") or ".." in path.split("/") or "," in path:
        raise SettingsError(f"`{path}` is no absolute path", hint="write `--tmpfs /path:64m`")
    if not re.fullmatch(r"[0-9]{1,9}[kmg]?", size or "64m"):
        raise SettingsError(f"`{size}` is no size", hint="write `--tmpfs /path:64m`")
    return f"{path}:mode=1777,size={size or '64m'}"


def scratch_for(memory: int) -> str:
    """
    Return /tmp in memory for a container of *memory* bytes, as plans have it.

    >>> scratch_for(512 << 20)
    '/tmp:mode=1777,size=128m'
    """
    room = max(64 * _MIB, min(memory // 4, 2048 * _MIB)) // _MIB
    return f"/tmp:mode=1777,size={room}m"  # noqa: S108 (of a container)


def numeric(user: str) -> str:
    """
    Return *user* with its group, which would be root's where none is given.

    >>> numeric("65532"), numeric("1000:100"), numeric("app")
    ('65532:65532', '1000:100', 'app')
    """
    return f"{user}:{user}" if user.isascii() and user.isdigit() else user
