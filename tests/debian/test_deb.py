"""Reading .deb files: what is read, and everything that is refused."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.debian.deb import read_control, read_members
from boxwright.errors import PackageError
from boxwright.image.entry import Entry, Kind

HINT = "it is damaged or made to do harm; lock it again from a mirror you trust"

if TYPE_CHECKING:
    from tests.debian.conftest import Deb


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, size, 0o4755
    return info


def contents(path: Path) -> list[tuple[Entry, bytes]]:
    return [(entry, b"".join(content)) for entry, content in read_members(path, name="demo")]


@pytest.mark.parametrize("packing", ["xz", "gz", ""])
def test_files_are_read_as_on_a_system_with_merged_usr(
    packing: str, make_deb: type[Deb], tmp_path: Path
) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(
        make_deb(
            name="demo",
            packing=packing,
            files={"usr/bin/demo": b"#!", "lib/libdemo.so.1": b"library"},
            links={"lib64/ld.so": "/lib/ld.so"},
        ).build()
    )

    assert contents(path) == [
        (Entry("usr/bin/demo", Kind.FILE, 0o755, 2), b"#!"),
        (Entry("usr/lib/libdemo.so.1", Kind.FILE, 0o644, 7), b"library"),
        (Entry("usr/lib64/ld.so", Kind.SYMLINK, 0o777, link="/lib/ld.so"), b""),
    ]


def test_contents_that_are_not_read_are_passed_over(make_deb: type[Deb], tmp_path: Path) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(make_deb(name="demo", files={"a": b"x" * 5000, "b": b"y"}).build())

    assert [entry.path for entry, _ in read_members(path, name="demo")] == ["a", "b"]


def test_names_longer_than_a_header_are_read(make_deb: type[Deb], tmp_path: Path) -> None:
    path, long = tmp_path / "demo.deb", "/".join(["folder"] * 60)
    path.write_bytes(make_deb(name="demo", files={long: b"1"}, links={"a": long}).build())

    assert contents(path) == [
        (Entry(long, Kind.FILE, 0o644, 1), b"1"),
        (Entry("a", Kind.SYMLINK, 0o777, link=long), b""),
    ]


def test_control_paragraph_and_sums_are_read(make_deb: type[Deb], tmp_path: Path) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(make_deb(name="demo", files={"a": b""}).build())

    control = read_control(path, name="demo")

    assert control.text.startswith("Package: demo\nVersion: 1.0\n")
    assert control.md5sums == (("a", "d41d8cd98f00b204e9800998ecf8427e"),)


def test_setuid_bits_are_dropped(make_deb: type[Deb], tmp_path: Path) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(make_deb(name="demo", members=[(member("./bin/su"), b"")]).build())

    assert contents(path) == [(Entry("usr/bin/su", Kind.FILE, 0o755, 0), b"")]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        pytest.param(
            [(member("./../etc/passwd"), b"")],
            "it has the path './../etc/passwd', which leaves the root",
            id="above the root",
        ),
        pytest.param(
            [(member("/etc/passwd"), b"")],
            "it has the path '/etc/passwd', which leaves the root",
            id="absolute",
        ),
        pytest.param(
            [(member("./dev/sda", tarfile.BLKTYPE), b"")],
            "its tar has a device, `./dev/sda`",
            id="device",
        ),
        pytest.param(
            [(member("./pipe", tarfile.FIFOTYPE), b"")],
            "its tar has a named pipe, `./pipe`",
            id="pipe",
        ),
        pytest.param(
            [(member("./a/b", tarfile.SYMTYPE, "../../etc"), b"")],
            "its link `a/b` leaves the root: '../../etc'",
            id="link that leaves the root",
        ),
        pytest.param(
            [(member("./etc", tarfile.SYMTYPE, "/srv"), b""), (member("./etc/passwd"), b"")],
            "it has `etc/passwd` below `etc`, which is no folder",
            id="file written through a link",
        ),
        pytest.param(
            [(member("./a", tarfile.LNKTYPE, "./etc/shadow"), b"")],
            "its hard link `a` is to no file of the package",
            id="hard link to a file of the system",
        ),
        pytest.param([(member("./a"), b""), (member("./a"), b"")], "it has `a` twice", id="twice"),
        pytest.param(
            [(member("./lib/a"), b""), (member("./usr/lib/a"), b"")],
            "it has `usr/lib/a` twice",
            id="twice once /usr is merged",
        ),
        pytest.param(
            [(member("./a\nb"), b"")],
            "it has the path './a\\nb', which leaves the root",
            id="newline in a name",
        ),
    ],
)
def test_hostile_members_are_refused(
    members: list[tuple[tarfile.TarInfo, bytes]], reason: str, make_deb: type[Deb], tmp_path: Path
) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(make_deb(name="demo", members=members).build())

    with pytest.raises(PackageError) as caught:
        contents(path)

    assert caught.value.message == f"the Debian package `demo` cannot be used: {reason}"
    assert caught.value.hint == HINT


def lying_size() -> bytes:
    return lzma.compress(member("./a", size=1 << 30).tobuf() + bytes(512))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(lying_size(), "its tar ends in the middle of a file", id="lying size"),
        pytest.param(
            lzma.compress(b"x" * 512), "its tar has a header that cannot be read", id="no tar"
        ),
        pytest.param(
            lzma.compress(member("./a").tobuf())[:-8],
            "its data is cut short or goes on after its end",
            id="cut short",
        ),
        pytest.param(
            lzma.compress(member("./a").tobuf()),
            "its tar is cut short",
            id="no end",
        ),
        pytest.param(b"no xz" * 9, "its data is damaged", id="no xz"),
    ],
)
def test_damaged_data_is_refused(
    data: bytes, reason: str, make_deb: type[Deb], tmp_path: Path
) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(make_deb(name="demo", data=data).build())

    with pytest.raises(PackageError) as caught:
        contents(path)

    assert caught.value.message == f"the Debian package `demo` cannot be used: {reason}"


def test_bomb_is_refused_before_it_is_unpacked(make_deb: type[Deb], tmp_path: Path) -> None:
    path, size = tmp_path / "demo.deb", 1 << 28
    data = lzma.compress(member("./a", size=size).tobuf() + bytes(size + 1024))
    path.write_bytes(make_deb(name="demo", data=data).build())

    with pytest.raises(PackageError) as caught:
        sum(len(piece) for _, content in read_members(path, name="demo") for piece in content)

    assert caught.value.message == (
        "the Debian package `demo` cannot be used: it unpacks to far more than an honest package "
        "does"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is no `ar` archive"),
        (b"!<arch>\n", "it is not of the format 2.0"),
        (b"!<arch>\nshort", "its `ar` archive is damaged"),
    ],
)
def test_what_is_no_deb_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "demo.deb"
    path.write_bytes(content)

    with pytest.raises(PackageError) as caught:
        contents(path)

    assert caught.value.message == f"the Debian package `demo` cannot be used: {reason}"


def test_every_cut_of_a_package_is_refused(make_deb: type[Deb], tmp_path: Path) -> None:
    path = tmp_path / "demo.deb"
    whole = make_deb(name="demo", files={"a": b"content"}).build().rstrip(b"\n")

    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        with pytest.raises(PackageError):
            contents(path)
