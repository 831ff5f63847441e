"""Room on the disks where the engine, the cache and the project keep things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from boxwright.doctor.host import Host, Room
from boxwright.doctor.result import Area, Result, listing
from boxwright.store.transport import readable_size

_ROOM = Area("room")
LEAST = 1_000_000_000
"""Bytes below which no build ends well."""
GOOD = 5_000_000_000
"""Bytes that a service without a GPU is built in, its packages and its image."""
GOOD_WITH_CUDA = 25_000_000_000
"""Bytes that one with CUDA is built in: its packages are four times kept, packed and unpacked."""
_FEW_FILES = 50_000
"""Files below which an image with the usual packages is not unpacked."""


def check_room(host: Host, places: Mapping[str, Path], *, wanted: int = GOOD) -> Iterator[Result]:
    """
    Yield whether there are *wanted* bytes at *places*, folders by what they are for.

    Those on the same disk are told together.
    """
    by_disk: dict[int, tuple[Room, list[str]]] = {}
    for what, folder in places.items():
        room = host.room(folder)
        if room is None:
            yield _ROOM.unknown(what, f"`{folder}` cannot be looked at")
            continue
        if not room.writable and what != "images of the engine":
            hint = "name another place, or give yourself the permission to write there"
            yield _ROOM.failure(what, f"`{folder}` cannot be written", hint)
            continue
        by_disk.setdefault(room.device, (room, []))[1].append(what)
    for room, uses in by_disk.values():
        yield _judged(room, listing(uses), wanted)


def _judged(room: Room, what: str, wanted: int) -> Result:
    evidence = f"{readable_size(room.free)} of {readable_size(room.total)} free"
    clean = "remove what is not needed (`docker system prune`, `uv cache clean`), or add a disk"
    if room.total_files and room.free_files < _FEW_FILES:
        few = f"{evidence}, but only {room.free_files} more files can be made"
        hint = "remove many small files, or make the file system anew with more inodes"
        return _ROOM.failure(what, few, hint)
    if room.free < min(LEAST, wanted):
        return _ROOM.failure(what, evidence, clean)
    if room.free < wanted:
        hint = f"{readable_size(wanted)} are taken by what is wanted here: {clean}"
        return _ROOM.warning(what, evidence, hint)
    return _ROOM.ok(what, evidence)
