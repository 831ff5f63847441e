"""The container engines of a machine: which answer, and what they can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result, listing
from boxwright.doctor.version import numbers
from boxwright.store.engine import VARIABLE

_NAMES = ("docker", "podman", "nerdctl")
_ENGINE = Area("engine")
_NO_LIMITS = {
    "MemoryLimit": "memory",
    "CpuCfsQuota": "processors",
    "PidsLimit": "processes",
}
"""What Docker says it can limit, and what that is."""
_CONTROLLERS = {"memory": "memory", "cpu": "processors", "pids": "processes"}
"""What podman may use of the control groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that answered."""

    name: str
    """`docker`, `podman` or `nerdctl`."""
    program: str
    version: str
    architecture: str
    """Of the machine that it runs on: `amd64`."""
    is_rootless: bool
    storage: str
    """Its storage driver."""
    has_image_store: bool
    """Whether images are kept by containerd, as blobs."""
    folder: str
    """Where it keeps images; empty where that is on another machine."""
    cpus: int
    memory: int
    """Bytes; 0 where it does not say."""
    unlimited: tuple[str, ...]
    """What it cannot limit: `memory`, `processors`, `processes`."""
    runtimes: tuple[str, ...]
    devices: tuple[str, ...]
    """Devices of its CDI specifications, where it tells of them."""
    is_remote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An engine's program, and why no engine answers where none does."""

    name: str
    engine: Engine | None
    reason: str = ""


def find_engines(host: Host) -> tuple[Found, ...]:
    """Return the engines whose programs *host* has, or the one that BOXWRIGHT_ENGINE names."""
    wanted = host.environ.get(VARIABLE, "")
    if wanted == "none":
        return ()
    found = []
    for program in (wanted,) if wanted else _NAMES:
        answer = host.run(program, "info", "--format", "{{json .}}")
        if answer is None:
            if wanted:
                reason = "there is no such program"
                found.append(Found(name=program, engine=None, reason=reason))
            continue
        info = answer.document
        name = program.rpartition("/")[2]
        engine = _podman(info, program) or _docker(info, name, program, host.environ)
        reason = "" if engine else _reason(info, answer.words)
        found.append(Found(name=engine.name if engine else name, engine=engine, reason=reason))
    return tuple(found)


def check_engines(host: Host, engines: tuple[Found, ...]) -> Iterator[Result]:
    """Yield what is to be said of *engines*, those of *host*."""
    if host.environ.get(VARIABLE) == "none":
        yield _ENGINE.ok("engine", f"none is wanted: {VARIABLE} is `none`")
        return
    answering = [found.engine for found in engines if found.engine]
    if not answering:
        reasons = [f"`{found.name}`: {found.reason}" for found in engines]
        yield _ENGINE.failure(
            "engine",
            "; ".join(reasons) or f"there is none of the programs {listing(_quoted(_NAMES))}",
            "start Docker, podman or containerd to run images here; building and pushing need none"
            f" (with {VARIABLE}=none nothing is looked for)",
        )
        return
    for found in engines:
        if found.engine is None:
            yield _ENGINE.warning(
                found.name,
                found.reason,
                f"start it, or name the engine that is meant with {VARIABLE}",
            )
        else:
            yield from _check(host, found.engine)


def _check(host: Host, engine: Engine) -> Iterator[Result]:
    manner = "rootless" if engine.is_rootless else "as root"
    store = "containerd's image store" if engine.has_image_store else f"storage `{engine.storage}`"
    where = " on another machine" if engine.is_remote else ""
    evidence = f"{engine.version}, {manner}, {store}, {engine.architecture}{where}"
    if engine.storage in ("vfs", "devicemapper", "aufs"):
        hint = "have it use `overlay2` or `overlay`: others copy whole layers or are given up"
        yield _ENGINE.warning(engine.name, evidence, hint)
    elif (
        engine.name == "docker"
        and numbers(engine.version) < (23,)
        and host.environ.get("DOCKER_BUILDKIT") != "1"
    ):
        hint = "install Docker 23 or newer; with an older one set DOCKER_BUILDKIT=1"
        yield _ENGINE.warning(engine.name, evidence, hint)
    else:
        yield _ENGINE.ok(engine.name, evidence)
    if engine.unlimited:
        what = listing(engine.unlimited)
        hint = "run it as root"
        if engine.is_rootless:
            hint = (
                "use control groups of version 2 and delegate their controllers to your user"
                " (`systemctl edit user@.service`: `[Service] Delegate=cpu cpuset io memory pids`)"
            )
        yield _ENGINE.warning(
            f"limits of {engine.name}",
            f"containers cannot be limited in {what}: `boxwright run` asks for it",
            hint,
        )


def _podman(info: Mapping[str, Any], program: str) -> Engine | None:
    store, host, version = (_table(info, key) for key in ("store", "host", "version"))
    if not store or not version:
        return None
    security = _table(host, "security")
    is_rootless = security.get("rootless") is True
    controllers = host.get("cgroupControllers")
    missing: tuple[str, ...] = ()
    if is_rootless:
        known = controllers if isinstance(controllers, list) else []
        old = host.get("cgroupVersion") == "v1"
        missing = tuple(
            what for name, what in _CONTROLLERS.items() if old or (known and name not in known)
        )
    remote = host.get("serviceIsRemote") is True
    return Engine(
        name="podman",
        program=program,
        version=str(version.get("Version", "")),
        architecture=_architecture(host.get("arch")),
        is_rootless=is_rootless,
        storage=str(store.get("graphDriverName", "")),
        has_image_store=False,
        folder="" if remote else str(store.get("graphRoot", "")),
        cpus=_whole(host.get("cpus")),
        memory=_whole(host.get("memTotal")),
        unlimited=missing,
        runtimes=(),
        devices=(),
        is_remote=remote,
    )


def _docker(
    info: Mapping[str, Any], name: str, program: str, environ: Mapping[str, str]
) -> Engine | None:
    version = info.get("ServerVersion")
    if not version:
        return None
    options = info.get("SecurityOptions")
    names = [str(option) for option in options] if isinstance(options, list) else []
    client = _table(info, "ClientInfo")
    address = environ.get("DOCKER_HOST", "")
    remote = name == "docker" and (
        (bool(address) and not address.startswith("unix:"))
        or (not address and client.get("Context") not in (None, "", "default", "rootless"))
    )
    found = info.get("DiscoveredDevices")
    devices = [
        str(device.get("ID", ""))
        for device in (found if isinstance(found, list) else ())
        if isinstance(device, dict)
    ]
    return Engine(
        name="nerdctl" if name == "nerdctl" else "docker",
        program=program,
        version=str(version),
        architecture=_architecture(info.get("Architecture")),
        is_rootless=any("rootless" in option for option in names),
        storage=str(info.get("Driver", "")),
        has_image_store=name == "nerdctl"
        or "containerd.snapshotter" in str(info.get("DriverStatus")),
        folder="" if remote else str(info.get("DockerRootDir") or ""),
        cpus=_whole(info.get("NCPU")),
        memory=_whole(info.get("MemTotal")),
        unlimited=tuple(what for key, what in _NO_LIMITS.items() if info.get(key) is False),
        runtimes=tuple(_table(info, "Runtimes")),
        devices=tuple(devices),
        is_remote=remote,
    )


def _reason(info: Mapping[str, Any], words: str) -> str:
    errors = info.get("ServerErrors")
    said = "; ".join(str(error) for error in errors) if isinstance(errors, list) else ""
    clean = " ".join("".join(sign for sign in (said or words) if sign.isprintable()).split())
    return f"it reaches no engine ({clean.replace('`', chr(39))[:300].rstrip('.?')})"


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _architecture(value: object) -> str:
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return names.get(str(value or ""), str(value or ""))


def _quoted(names: tuple[str, ...]) -> list[str]:
    return [f"`{name}`" for name in names]
