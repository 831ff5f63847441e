"""Lock → requirements with hashes, for installers that know nothing of `boxwright.lock`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from boxwright.errors import LockError
from boxwright.lock.model import Lock, LockedSource, LockedWheel, PlatformLock
from boxwright.oci.platform import parse_platform

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_HEAD = """\
# Made by boxwright from boxwright.lock, for {platforms}: `boxwright init` makes it again.
# The hashes are of the files for these platforms. On another one installing fails; lock it too.
"""


def requirements_text(
    lock: Lock | PlatformLock, *, options: Sequence[str] = (), packages: Collection[str] = ()
) -> str:
    """
    Return the requirements that install what *lock* has, by version and hash.

    *options* are lines such as `--extra-index-url …` of the project's own requirements, as
    a lock names no hosts. The project itself is not among them, nor what is built from the
    folders of *packages*. Raises LockError where another distribution has no hash that an
    installer could compare: a Git repository's or a folder's.
    """
    platforms = lock.platforms if isinstance(lock, Lock) else (lock,)
    shown = ", ".join(f"{part.platform} (Python {part.python})" for part in platforms)
    lines = [_HEAD.format(platforms=shown)]
    lines += [f"{option}\n" for option in options]
    lines += _lines(platforms, {".", *packages})
    return "".join(lines)


class _Pin(NamedTuple):
    """A requirement for exactly one version, and the hash of its one file for a platform."""

    name: str
    text: str
    hash: str


def _lines(platforms: Sequence[PlatformLock], built: Collection[str]) -> Iterator[str]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for part in platforms:
        for pin in _pins(part.wheels, built):
            found.setdefault((pin.name, pin.text), {})[part.platform] = pin.hash
    for (_, text), hashes in sorted(found.items()):
        marker = "" if len(hashes) == len(platforms) else f" ; {_marker(sorted(hashes))}"
        each = "".join(f" \\\n    --hash={one}" for one in sorted(set(hashes.values())))
        yield f"{text}{marker}{each}\n"


def _pins(wheels: Iterable[LockedWheel], built: Collection[str]) -> Iterator[_Pin]:
    for wheel in wheels:
        source = wheel.source
        if source is not None and source.kind == "directory" and source.location in built:
            # The Dockerfile installs what is built from the context by a step of its own.
            continue
        digest = wheel.digest or (source.digest if source is not None else None)
        if digest is None or (source is not None and not _is_nameable(source)):
            raise _without_hash(wheel.name, source)
        if source is not None and source.location:
            yield _Pin(wheel.name, f"{wheel.name} @ {source.location}", digest)
        else:
            yield _Pin(wheel.name, f"{wheel.name}=={wheel.version}", digest)


def _is_nameable(source: LockedSource) -> bool:
    """Tell whether a requirement can say where it comes from: an index, or a URL."""
    return not source.location or "://" in source.location


def _marker(platforms: Sequence[str]) -> str:
    machines = [_MACHINES[parse_platform(platform).architecture] for platform in platforms]
    return " or ".join(f"platform_machine == '{machine}'" for machine in machines)


def _without_hash(name: str, source: LockedSource | None) -> LockError:
    place = source.location if source is not None else ""
    what = {
        "vcs": f"the repository `{place}`",
        "directory": f"the folder `{place}`",
        "url": f"the file `{place}`",
        "sdist": f"the file `{place}`",
    }.get(source.kind if source is not None else "", "nowhere")
    return LockError(
        f"`{name}` comes from {what}, which a requirement with a hash cannot name",
        hint="publish it to a package index, or lock the project with uv, whose `uv.lock` a"
        " Dockerfile installs from as it is",
    )
