"""Members of tars: the same as tarfile finds, and nothing of what does harm."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import StoreError
from boxwright.image import tar
from boxwright.image.entry import Entry, Kind, directory, file, symlink
from boxwright.store.members import Member, read_members


def member(entry: Entry, content: bytes = b"") -> bytes:
    return tar.header(entry) + content + bytes(tar.padding(len(content)))


def read(tmp_path: Path, *parts: bytes) -> dict[str, Member]:
    (tmp_path / "a.tar").write_bytes(b"".join(parts))
    return read_members(tmp_path / "a.tar")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_all_formats_are_understood(tmp_path, form: int) -> None:
    names = ["a", "b" * 99, "d/" * 40 + "e"]
    if form != tarfile.USTAR_FORMAT:
        names += ["f" * 300, "é" * 80]
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as opened:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(name)
            opened.addfile(info, io.BytesIO(name[: len(name)].encode()[: len(name)]))
        info = tarfile.TarInfo("folder")
        info.type = tarfile.DIRTYPE
        opened.addfile(info)

    found = read_members(tmp_path / "a.tar")

    with tarfile.open(tmp_path / "a.tar") as opened:
        assert found == {
            info.name: Member(info.offset_data, info.size) for info in opened if info.isreg()
        }


def test_a_link_is_the_file_that_it_names(tmp_path) -> None:
    """Docker up to 24 saves a layer that comes twice like this."""
    found = read(
        tmp_path,
        member(file("one/layer.tar", 3), b"abc"),
        member(symlink("two/layer.tar", "../one/layer.tar")),
        member(Entry("three", Kind.HARDLINK, link="one/layer.tar")),
        member(symlink("loop", "loop")),
        member(symlink("nowhere", "missing")),
        tar.END,
    )

    assert found == dict.fromkeys(["one/layer.tar", "two/layer.tar", "three"], Member(512, 3))


def test_names_are_made_plain(tmp_path) -> None:
    found = read(tmp_path, member(file("./a/./b", 0)), member(directory("./a")), tar.END)

    assert found == {"a/b": Member(512, 0)}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + bytes(600), "no tar header at byte 0"),
        (b"short", "no end"),
        (b"", "no end"),
        (member(file("a", 0)), "no end"),
        (member(file("a", 5000)), "a member at byte 512 goes on after the end"),
        (member(file("a", 1 << 40)), "a member at byte 1536 goes on after the end"),
        (member(file("a", 0)) * 2 + tar.END, "two members `a`"),
        (member(file("a", 0)) + member(symlink("./a", "b")) + tar.END, "two members `a`"),
        (member(file("../a", 0)), "the name `../a`, which leads out of it"),
        (member(file("a/../../b", 0)), "the name `a/../../b`, which leads out of it"),
        (member(file("/etc/passwd", 0)), "the name `/etc/passwd`, which leads out of it"),
        (member(symlink("a", "/etc/passwd")), "the name `/etc/passwd`, which leads out of it"),
        (member(symlink("a/b", "../../c")), "the name `a/../../c`, which leads out of it"),
        (
            b"".join(member(file(f"{at}", 0)) for at in range(20_001)),
            "more than 20000 members",
        ),
    ],
    ids=range(14),
)
def test_harm_and_damage_are_refused(tmp_path, content: bytes, what: str) -> None:
    with pytest.raises(StoreError) as caught:
        read(tmp_path, content)

    assert caught.value.message == f"the archive `{tmp_path / 'a.tar'}` has {what}"


def special(kind: bytes, size: int = 0) -> bytes:
    """Return the header of a member of *kind*."""
    info = tarfile.TarInfo("special")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def test_devices_are_refused(tmp_path) -> None:
    with pytest.raises(StoreError, match="`special` is neither file, folder nor link"):
        read(tmp_path, special(tarfile.CHRTYPE), tar.END)


def test_a_huge_extended_header_is_not_read(tmp_path) -> None:
    (tmp_path / "a.tar").write_bytes(special(tarfile.XHDTYPE, 2 << 20))
    with (tmp_path / "a.tar").open("ab") as opened:
        opened.truncate(3 << 20)

    with pytest.raises(StoreError, match="an extended header of 2097152 bytes"):
        read_members(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "records", [b"x", b"5 a=b", b"99 path=a\n", b"0 path=a\n", b"-1 path=a\n", b"6 path\n"]
)
def test_an_extended_header_that_is_none_is_refused(tmp_path, records: bytes) -> None:
    front = special(tarfile.XHDTYPE, len(records)) + records + bytes(tar.padding(len(records)))

    with pytest.raises(StoreError, match="an extended header that is none"):
        read(tmp_path, front, member(file("a", 0)), tar.END)


@given(st.binary(max_size=1024), st.integers(0, 511))
def test_any_bytes_are_members_or_a_store_error(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    whole = bytearray(member(file("a" * 150, 3), b"abc") + tar.END)
    whole[at : at + len(noise)] = noise
    path = tmp_path_factory.mktemp("noise")

    try:
        found = read(path, bytes(whole))
    except StoreError:
        return

    assert all(entry.offset + entry.size <= len(whole) for entry in found.values())
