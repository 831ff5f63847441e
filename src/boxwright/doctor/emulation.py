"""Whether images of a platform run on a machine, by itself or emulated (binfmt_misc, qemu)."""

from __future__ import annotations

from boxwright.doctor.engines import Engine
from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result, Verdict

_PLATFORM = Area("platform")
_BEST = (Verdict.OK, Verdict.WARNING, Verdict.UNKNOWN, Verdict.FAILURE)
_MISC = "proc/sys/fs/binfmt_misc"
_HANDLERS = {"amd64": ("qemu-x86_64", "rosetta"), "arm64": ("qemu-aarch64",)}


def check_platforms(host: Host, platforms: tuple[str, ...], engine: Engine | None) -> Result:
    """Return whether an image that there is for *platforms* runs here, by one of them."""
    results = [check_platform(host, platform, engine) for platform in platforms]
    return min(results, key=lambda result: _BEST.index(result.verdict))


def check_platform(host: Host, platform: str, engine: Engine | None) -> Result:
    """Return whether an image for *platform* (`linux/arm64`) runs here."""
    wanted = platform.split("/")[1] if "/" in platform else platform
    there = (engine.architecture if engine else "") or host.architecture
    if wanted == there:
        return _PLATFORM.ok(platform, f"this is {there}")
    if engine and engine.is_remote:
        return _PLATFORM.unknown(
            platform, f"the engine is on another machine, {there}: whether it emulates is not seen"
        )
    for name in _HANDLERS.get(wanted, (f"qemu-{wanted}",)):
        entry = host.read(f"{_MISC}/{name}")
        if entry is None or not entry.startswith("enabled"):
            continue
        if "F" not in _flags(entry):
            return _PLATFORM.warning(
                platform,
                f"this is {there}; `{name}` emulates it, but not in containers (no flag `F`)",
                _install(wanted),
            )
        return _PLATFORM.warning(
            platform,
            f"this is {there}; `{name}` emulates it, at a fraction of the speed",
            f"run it on a machine that is {wanted}; building needs no emulation",
        )
    return _PLATFORM.failure(
        platform,
        f"this is {there}, and nothing in `/{_MISC}` emulates {wanted}",
        f"{_install(wanted)}, or run it elsewhere; building needs no emulation",
    )


def _install(wanted: str) -> str:
    return (
        "install `qemu-user-static` and `binfmt-support`, or run"
        f" `docker run --privileged --rm tonistiigi/binfmt --install {wanted}`"
    )


def _flags(entry: str) -> str:
    found = [line.partition(":")[2] for line in entry.split("\n") if line.startswith("flags:")]
    return "".join(found)
