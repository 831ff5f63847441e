"""What wheels need of the system: found by library, followed by library."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from boxwright.errors import LockError
from boxwright.image.elf import Elf, read_elf
from boxwright.lock.debian import Need, lock_system
from boxwright.lock.model import LockedDeb
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

if TYPE_CHECKING:
    from tests.debian.conftest import Deb, Notes, SmallArchive

    Locking = Callable[..., tuple[LockedDeb, ...]]

FOLDER = "usr/lib/x86_64-linux-gnu"
LEAN = (
    "base-files", "ca-certificates", "gcc-14-base", "libc-bin", "libgomp1", "libpython3.13-stdlib",
    "libstdc++6", "media-types", "netbase", "python3.13-minimal", "tzdata",
)  # fmt: skip


def library(*needed: str, defines: tuple[str, ...] = ()) -> bytes:
    """Return a shared library that has nothing but a dynamic section."""
    strings, offsets = b"\0", {}
    for name in (*needed, *defines):
        offsets[name] = len(strings)
        strings += name.encode() + b"\0"
    start = 64 + 2 * 56
    definitions = b"".join(
        struct.pack("<HHHHIII", 1, 0, at + 2, 1, 0, 20, 28 if at + 1 < len(defines) else 0)
        + struct.pack("<II", offsets[name], 0)
        for at, name in enumerate(defines)
    )
    entries = [(1, offsets[name]) for name in needed]
    size = 16 * (len(entries) + (5 if defines else 3))
    entries += [(5, start + size), (10, len(strings))]
    if defines:
        entries += [(0x6FFFFFFC, start + size + len(strings)), (0x6FFFFFFD, len(defines))]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in (*entries, (0, 0)))
    body = dynamic + strings + definitions
    end = start + len(body)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
    )
    loads = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, end, end, 4096)
    loads += struct.pack("<IIQQQQQQ", 2, 4, start, start, start, size, size, 8)
    return header + loads + body


@pytest.fixture
def system(
    lock: Locking, archive: SmallArchive, cache: Cache, notes: Notes, make_deb: type[Deb]
) -> Callable[..., list[str]]:
    def system(*needs: Need, debs: tuple[Deb, ...] = ()) -> list[str]:
        base = [make_deb(name=name) for name in LEAN]
        base.append(
            make_deb(
                name="libc6",
                files={f"{FOLDER}/libc.so.6": library(defines=("GLIBC_2.2.5", "GLIBC_2.41"))},
            )
        )
        base[0] = make_deb(name="base-files", fields={"Depends": "libc6"})
        contents = "".join(
            f"{path}  libs/{deb.name}\n" for deb in debs for path in {**deb.files, **deb.links}
        )
        archive.write([*base, *debs], contents=contents)
        found = lock_system(
            needs,
            lock(),
            "trixie",
            "amd64",
            mirrors=archive.mirrors,
            transport=Transport(environ={}),
            cache=cache,
            settings=Settings(),
            progress=notes,
        )
        assert {deb.role for deb in found} <= {"system"}
        return [deb.name for deb in found]

    return system


def test_made_library_is_read_as_meant() -> None:
    assert read_elf(library("libc.so.6", defines=("A_1", "A_2"))) == Elf(
        machine=62, needed=("libc.so.6",), versions_defined=("A_1", "A_2")
    )


def test_needs_that_the_base_or_the_wheels_meet_add_nothing(
    system: Callable[..., list[str]],
) -> None:
    found = system(
        Need(distribution="a", needed=("libc.so.6", "libbundled.so.1", "libcuda.so.1")),
        Need(distribution="b", provided=("libbundled.so.1",)),
    )

    assert found == []


def test_libraries_are_followed_but_depends_are_not(
    system: Callable[..., list[str]], make_deb: type[Deb]
) -> None:
    debs = (
        make_deb(
            name="libfirst1",
            files={
                f"{FOLDER}/libfirst.so.1.2": library("libsecond.so.2", "libc.so.6"),
                f"{FOLDER}/plugins/heavy.so": library("libheavy.so.3"),
            },
            links={f"{FOLDER}/libfirst.so.1": "libfirst.so.1.2"},
            fields={"Depends": "libheavy3"},
        ),
        make_deb(name="libsecond2", files={f"{FOLDER}/libsecond.so.2": library()}),
        make_deb(name="libheavy3", files={f"{FOLDER}/libheavy.so.3": library()}),
    )

    found = system(Need(distribution="demo", needed=("libfirst.so.1",)), debs=debs)

    assert found == ["libfirst1", "libsecond2"]


def test_package_named_after_the_library_is_preferred(
    system: Callable[..., list[str]], make_deb: type[Deb]
) -> None:
    debs = tuple(
        make_deb(name=name, files={f"{FOLDER}/libsystemd.so.0": library()})
        for name in ("libelogind0", "libsystemd0")
    )

    found = system(Need(distribution="demo", needed=("libsystemd.so.0",)), debs=())
    both = system(Need(distribution="demo", needed=("libsystemd.so.0",)), debs=debs)

    assert (found, both) == ([], ["libsystemd0"])


def test_library_that_no_package_has_is_told(
    system: Callable[..., list[str]], notes: Notes
) -> None:
    found = system(Need(distribution="torchaudio", needed=("libcudart.so.13",)))

    assert found == []
    (note,) = notes.texts
    assert note == (
        "`torchaudio` needs the library `libcudart.so.13`, which no package of trixie has: what "
        "uses it will not load"
    )


def test_programs_of_the_table_are_added_with_their_libraries(
    system: Callable[..., list[str]], make_deb: type[Deb]
) -> None:
    debs = (
        make_deb(name="ffmpeg", files={"usr/bin/ffmpeg": library("libsecond.so.2")}),
        make_deb(name="libsecond2", files={f"{FOLDER}/libsecond.so.2": library()}),
    )

    assert system(Need(distribution="pydub"), debs=debs) == ["ffmpeg", "libsecond2"]


def test_wheel_for_a_newer_c_library_is_refused(system: Callable[..., list[str]]) -> None:
    with pytest.raises(LockError) as caught:
        system(Need(distribution="demo", versions={"GLIBC": (2, 42)}))

    assert caught.value.message == "`demo` needs GLIBC_2.42, but trixie has only GLIBC_2.41"
