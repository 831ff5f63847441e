"""Reading wheels as zip files: what is read, and everything that is refused."""

from __future__ import annotations

import dataclasses
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boxwright.errors import PackageError
from boxwright.wheel.archive import open_wheel

HINT = "the wheel is damaged or made to do harm; fetch it again from a source that you trust"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member with every number of its two headers open to lies; None is the truth."""

    name: str
    content: bytes = b"content"
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    mode: int = 0o100644
    system: int = 3
    extra: bytes = b""
    local_name: bytes | None = None
    local_method: int | None = None
    local_size: int | None = None
    central_size: int | None = None
    central_compressed: int | None = None
    central_crc: int | None = None
    central_offset: int | None = None
    local_extra: bytes = b""
    disk: int = 0
    descriptor: bytes = b""
    zip64: bool = False


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zip_of(
    *members: Member, before: bytes = b"", comment: bytes = b"", after: bytes = b""
) -> bytes:
    """Return a zip file of *members*, written by hand."""
    out, directory = bytearray(before), bytearray()
    for member in members:
        packed = member.packed
        if packed is None:
            packed = deflate(member.content) if member.method == 8 else member.content
        crc, size = zlib.crc32(member.content), len(member.content)
        name = member.name.encode("utf-8" if member.flags & 0x800 else "latin-1")
        local_name = name if member.local_name is None else member.local_name
        method = member.method if member.local_method is None else member.local_method
        offset = len(out)
        local = (crc, len(packed), size if member.local_size is None else member.local_size)
        local_extra = member.local_extra
        if member.flags & 8:
            local = (0, 0, 0)
        if member.zip64:
            local_extra = struct.pack("<2H2Q", 1, 16, size, len(packed)) + local_extra
            local = (crc, 0xFFFFFFFF, 0xFFFFFFFF)
        out += struct.pack(
            "<4s2B4HL2L2H", b"PK\x03\x04", 20, 0, member.flags, method, 0, 33, *local,
            len(local_name), len(local_extra),
        )  # fmt: skip
        out += local_name + local_extra + packed + member.descriptor
        central = [
            crc if member.central_crc is None else member.central_crc,
            len(packed) if member.central_compressed is None else member.central_compressed,
            size if member.central_size is None else member.central_size,
        ]
        offset = offset if member.central_offset is None else member.central_offset
        extra = member.extra
        if member.zip64:
            extra = struct.pack("<2H3Q", 1, 24, central[2], central[1], offset) + extra
            central[1:], offset = [0xFFFFFFFF, 0xFFFFFFFF], 0xFFFFFFFF
        directory += struct.pack(
            "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, member.system, 20, 0, member.flags,
            member.method, 0, 33, *central, len(name), len(extra), 0, member.disk, 0,
            member.mode << 16, offset,
        )  # fmt: skip
        directory += name + extra
    start = len(out)
    count = len(members)
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, len(comment)
    )
    return bytes(out + directory + end + comment + after)


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "evil-1-py3-none-any.whl"
    path.write_bytes(content)
    return path


def read_all(path: Path) -> dict[str, bytes]:
    with open_wheel(path) as wheel:
        return {member.name: b"".join(wheel.pieces(member)) for member in wheel.members}


def refusal(path: Path) -> str:
    """Return why *path* is refused, without the beginning that all refusals share."""
    with pytest.raises(PackageError) as caught:
        read_all(path)

    assert caught.value.hint == HINT
    start = f"wheel `{path.name}`: "
    assert caught.value.message.startswith(start)
    return caught.value.message.removeprefix(start)


def test_members_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = write(tmp_path, zip_of(Member(name="b"), Member(name="a/c", content=b"x" * 10**6)))

    assert list(read_all(path).items()) == [("a/c", b"x" * 10**6), ("b", b"content")]


def test_directories_are_no_members(tmp_path: Path) -> None:
    folder = Member(name="a/", content=b"", method=0, mode=0o040755)
    path = write(tmp_path, zip_of(folder, Member(name="a/b")))

    assert read_all(path) == {"a/b": b"content"}


def test_zip64_fields_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, zip_of(Member(name="a", zip64=True), Member(name="b", zip64=True)))

    assert read_all(path) == {"a": b"content", "b": b"content"}


def test_zip64_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number:05}", b"")

    with open_wheel(path) as wheel:
        assert len(wheel.members) == 66_000


@pytest.mark.parametrize(
    "descriptor",
    [
        pytest.param("<4s3L", id="with signature"),
        pytest.param("<3L", id="without signature"),
        pytest.param("<4sL2Q", id="zip64"),
    ],
)
def test_sizes_after_the_content_are_read(tmp_path: Path, descriptor: str) -> None:
    numbers = (zlib.crc32(b"content"), len(deflate(b"content")), 7)
    fields = (b"PK\x07\x08", *numbers) if "4s" in descriptor else numbers
    streamed = Member(name="a", flags=8, descriptor=struct.pack(descriptor, *fields))
    path = write(tmp_path, zip_of(streamed, Member(name="b")))

    assert read_all(path) == {"a": b"content", "b": b"content"}


def test_what_zipfile_streams_is_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 70_000)
        archive.writestr("b", b"")
    path = write(tmp_path, pipe.getvalue())

    assert read_all(path) == {"a": b"x" * 70_000, "b": b""}


def test_executable_bits_are_told_only_by_unix(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        zip_of(
            Member(name="a", mode=0o100755),
            Member(name="b", mode=0o100755, system=0),
            Member(name="c", mode=0o100644),
        ),
    )

    with open_wheel(path) as wheel:
        assert [member.is_executable for member in wheel.members] == [True, False, False]


@pytest.mark.parametrize(
    ("members", "why"),
    [
        *(
            pytest.param(
                [Member(name=name)], f"the name `{name}` is not allowed in a wheel", id=name
            )
            for name in (
                "../a", "a/../../b", "a/..", "/etc/passwd", "//a", "a//b", "./a", "a/./b", "..",
                "C:/a", "c:a", ".wh.a", "a/.wh..wh..opq",
            )
        ),
        ([Member(name="a\\b")], "the name `a\\\\b` is not allowed in a wheel"),
        ([Member(name="a\0b")], "the name `a\\x00b` is not allowed in a wheel"),
        ([Member(name="a\nb")], "the name `a\\nb` is not allowed in a wheel"),
        ([Member(name="")], "the name `` is not allowed in a wheel"),
        ([Member(name="é")], "the name `\\xe9` is not marked as UTF-8, or is not"),
        ([Member(name="a" * 300)], f"the name `{'a' * 60}…` is too long"),
        ([Member(name="é" * 200, flags=0x800)], f"the name `{'é' * 60}…` is too long"),
        ([Member(name="a"), Member(name="a")], "the member `a` is there twice"),
        ([Member(name="a"), Member(name="a/b")], "`a` is both a file and a directory"),
        ([Member(name="a/b/c"), Member(name="a")], "`a` is both a file and a directory"),
        ([Member(name="a", mode=0o120777)], "`a` is a symbolic link, which wheels cannot have"),
        ([Member(name="a", mode=0o020644)], "`a` is neither a file nor a directory"),
        ([Member(name="a", mode=0o040755)], "`a` is neither a file nor a directory"),
        ([Member(name="a/", mode=0o040755)], "the directory `a/` has content"),
        ([Member(name="a", flags=1)], "`a` is encrypted"),
        ([Member(name="a", flags=0x40)], "`a` is encrypted"),
        ([Member(name="a", method=12)], "`a` is packed by method 12, wheels use 0 or 8"),
        ([Member(name="a", method=0, central_size=9)], "`a` has two sizes"),
        ([Member(name="a", disk=1)], "it is one of several parts"),
        (
            [Member(name="a", local_name=b"b")],
            "the local header of `a` disagrees with the central directory",
        ),
        (
            [Member(name="a", local_method=0)],
            "the local header of `a` disagrees with the central directory",
        ),
        (
            [Member(name="a", local_size=6)],
            "the local header of `a` disagrees with the central directory",
        ),
        (
            [Member(name="a", central_crc=1)],
            "the local header of `a` disagrees with the central directory",
        ),
        (
            [Member(name="a", flags=8, descriptor=bytes(12))],
            "`a` is followed by bytes that belong to nothing",
        ),
        (
            [Member(name="a", descriptor=b"hidden")],
            "`a` is followed by bytes that belong to nothing",
        ),
        (
            [Member(name="a"), Member(name="b", central_offset=5)],
            "`a` overlaps with what follows it",
        ),
        (
            [Member(name="a", central_offset=7)],
            "it does not begin with a member",
        ),
        (
            [Member(name="a", extra=struct.pack("<2HBL", 0x7075, 6, 1, 0) + b"b")],
            "the member `a` has two names",
        ),
        (
            [Member(name="a", extra=b"\1\0\xff\0")],
            "an extra field is longer than it may be",
        ),
        (
            [Member(name="a", central_size=0xFFFFFFFF, extra=b"x\0\0\0")],
            "a zip64 field is missing",
        ),
    ],
)  # fmt: skip
def test_hostile_members_are_refused(tmp_path: Path, members: list[Member], why: str) -> None:
    assert refusal(write(tmp_path, zip_of(*members))) == why


def test_lying_sizes_are_refused(tmp_path: Path) -> None:
    for size in (6, 8):
        lying = Member(name="a", local_size=size, central_size=size)

        assert refusal(write(tmp_path, zip_of(lying))) == (
            f"`a` is not the {size} bytes that it promises"
        )


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    right = zip_of(Member(name="a"))
    crc = struct.pack("<L", zlib.crc32(b"content"))

    assert refusal(write(tmp_path, right.replace(crc, b"abcd"))) == (
        "`a` is not the 7 bytes that it promises"
    )


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(deflate(b"content") + b"more", id="goes on after its end"),
        pytest.param(deflate(b"content")[:-2], id="cut short"),
        pytest.param(b"", id="nothing"),
        pytest.param(deflate(b"contents"), id="longer"),
    ],
)
def test_a_deflate_stream_that_is_not_what_it_promises_is_refused(
    tmp_path: Path, packed: bytes
) -> None:
    why = refusal(write(tmp_path, zip_of(Member(name="a", packed=packed))))

    assert why == "`a` is not the 7 bytes that it promises"


def test_a_damaged_deflate_stream_is_refused(tmp_path: Path) -> None:
    why = refusal(write(tmp_path, zip_of(Member(name="a", packed=b"\xff" * 20))))

    assert why == "`a` is not the 7 bytes that it promises"


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    bomb = Member(name="a", local_size=2**31, central_size=2**31)
    content = zip_of(bomb)

    assert refusal(write(tmp_path, content)) == f"its {len(content)} bytes would become {2**31}"


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    both = zip_of(Member(name="a", method=0), Member(name="b", central_offset=0))

    assert refusal(write(tmp_path, both)) == "`a` overlaps with what follows it"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is no zip file, or is cut short"),
        (b"<html>not found</html>", "it is no zip file, or is cut short"),
        (zip_of(Member(name="a"))[:-1], "it is no zip file, or is cut short"),
        (zip_of(Member(name="a"))[:40], "it is no zip file, or is cut short"),
        (zip_of(Member(name="a"))[50:], "its central directory is not where it should be"),
        (zip_of(Member(name="a"), after=b"x"), "something follows its end"),
        (zip_of(Member(name="a"), comment=zip_of(Member(name="b"))), None),
        (zip_of(Member(name="a"), before=b"#!/bin/sh\n"), "it does not begin with a member"),
    ],
)
def test_what_is_no_whole_zip_file_is_refused(
    tmp_path: Path, content: bytes, why: str | None
) -> None:
    found = refusal(write(tmp_path, content))

    assert why is None or found.startswith(why)


def test_a_file_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with (
        pytest.raises(PackageError, match="cannot be read: No such file or directory"),
        open_wheel(tmp_path / "none.whl"),
    ):
        pass


def test_every_one_byte_change_is_noticed_or_harmless(tmp_path: Path) -> None:
    whole = zip_of(Member(name="a", content=b"abc" * 20), Member(name="b", method=0, zip64=True))
    expected = {"a": b"abc" * 20, "b": b"content"}

    for at in range(len(whole)):
        path = write(tmp_path, whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            found = read_all(path)
        except PackageError:
            continue
        # Times, versions and attributes are not looked at.
        assert found == expected, at


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_leads_to_another_error(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(zip_of(Member(name="a"), Member(name="b", zip64=True), Member(name="c/d")))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))

    try:
        read_all(write(tmp_path, bytes(whole)))
    except PackageError as error:
        assert error.hint  # noqa: PT017 (either outcome will do)


def test_agrees_with_zipfile(tmp_path: Path) -> None:
    members = [
        Member(name=f"p/{n}", content=bytes([n]) * n, method=8 if n % 2 else 0) for n in range(9)
    ]
    path = write(tmp_path, zip_of(*members))

    with zipfile.ZipFile(path) as archive:
        assert read_all(path) == {name: archive.read(name) for name in archive.namelist()}


def test_a_lie_is_told_apart_from_the_truth() -> None:
    # The helper itself: without lies it writes what zipfile reads.
    plain = dataclasses.replace(Member(name="a"))

    assert zipfile.ZipFile(io.BytesIO(zip_of(plain))).read("a") == b"content"
