"""Any tar is walked through as `tarfile` does it, and what is odd about it is told."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.scan.hostile_layers import (
    BLOCK,
    base_256,
    gnu_long,
    member,
    pax,
    pax_records,
    tar,
)

from boxwright.image.walk import Header, Walk

Seen = tuple[str, str, int, int, int, int, int, str, bytes]


def dripping(content: bytes, most: int) -> Callable[[int], bytes]:
    stream = io.BytesIO(content)
    return lambda size: stream.read(min(size, most))


def walked(content: bytes, most: int = 1 << 20) -> tuple[list[Seen], tuple[str, ...]]:
    walk = Walk(dripping(content, most))
    seen = []
    while (header := walk.next()) is not None:
        start = walk.take(700)
        seen.append(seen_as(header, start + b"".join(walk.pieces())))
    walk.finish()
    return seen, walk.problems


def seen_as(header: Header, content: bytes) -> Seen:
    return (
        header.path, header.kind, header.mode, header.uid, header.gid, header.mtime, header.size,
        header.link, content,
    )  # fmt: skip


def paths(content: bytes) -> list[str]:
    return [seen[0] for seen in walked(content)[0]]


def problems(content: bytes) -> tuple[str, ...]:
    return walked(content)[1]


def as_tarfile_sees(content: bytes) -> list[Seen]:
    seen = []
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        for info in opened:
            body = opened.extractfile(info) if info.isreg() else None
            seen.append(
                (
                    info.name.removeprefix("./"),
                    "0" if info.isreg() else info.type.decode(),
                    info.mode,
                    info.uid,
                    info.gid,
                    int(info.mtime // 1),
                    info.size if info.isreg() else 0,
                    info.linkname if info.issym() or info.islnk() else "",
                    body.read() if body else b"",
                )
            )
    return seen


def random_tar(seed: int) -> bytes:
    numbers = random.Random(seed)  # noqa: S311 (no secret)
    stream = io.BytesIO()
    format_ = numbers.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=stream, mode="w", format=format_) as opened:
        for _ in range(numbers.randrange(40)):
            longest = 90 if format_ == tarfile.USTAR_FORMAT else 400
            parts = ["ü" * numbers.randrange(1, 40) for _ in range(numbers.randrange(1, 9))]
            name = "/".join(parts).encode()[:longest].decode(errors="ignore").strip("/")
            info = tarfile.TarInfo(numbers.choice(("./", "")) + name)
            info.mode = numbers.choice((0o644, 0o4755, 0o1777))
            info.mtime = numbers.choice((0, 1_700_000_000, 1_700_000_000.25))
            info.uid, info.gid = numbers.choice((0, 65532, 3_000_000)), numbers.randrange(9)
            if format_ == tarfile.USTAR_FORMAT:
                info.uid %= 8**7
                info.mtime = int(info.mtime)
            info.type = numbers.choice(
                (tarfile.REGTYPE,) * 5
                + (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE)
                + (tarfile.BLKTYPE, tarfile.FIFOTYPE)
            )
            if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = "target/of/it" * numbers.randrange(1, 8)
            size = numbers.choice((0, 1, 511, 512, 513, 10_000, 300_000))
            info.size = size if info.isreg() else 0
            opened.addfile(info, io.BytesIO(numbers.randbytes(info.size)))
    return stream.getvalue()


@pytest.mark.parametrize("seed", range(60))
def test_generated_tars_are_seen_as_tarfile_sees_them(seed: int) -> None:
    content = random_tar(seed)

    assert walked(content) == (as_tarfile_sees(content), ())


@pytest.mark.parametrize("most", [1, 7, 512, 1000, 4096])
def test_the_pieces_that_a_tar_comes_in_do_not_matter(most: int) -> None:
    content = random_tar(3)

    assert walked(content, most) == walked(content)


@pytest.mark.parametrize("format_", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_tars_of_gnu_tar_are_seen_as_tarfile_sees_them(tmp_path: Path, format_: str) -> None:
    program = shutil.which("tar")
    if program is None:
        pytest.skip("there is no tar")
    folder = Path(tarfile.__file__).parent / "json"
    longest = 20 if format_ in {"v7", "ustar"} else 90
    deep = tmp_path / "tree" / ("d" * longest) / "e"
    shutil.copytree(folder, deep)
    (deep / "link").symlink_to("decoder.py")
    (deep / "hard").hardlink_to(deep / "decoder.py")
    words = (program, "--sort=name", f"--format={format_}", "-C", str(tmp_path), "-cf", "-", "tree")
    made = subprocess.run(words, check=True, capture_output=True).stdout

    assert walked(made) == (as_tarfile_sees(made), ())


def test_a_number_that_is_too_large_for_octal_digits_is_read_in_base_256() -> None:
    content = tar(
        member("a", uid=base_256(3_000_000, 8), mtime=base_256(-5, 12)),
        member("b", b"xy", size=base_256(2, 12)),
    )

    assert walked(content) == (
        [
            ("a", "0", 0o644, 3_000_000, 0, -5, 0, "", b""),
            ("b", "0", 0o644, 0, 0, 0, 2, "", b"xy"),
        ],
        (),
    )


def test_a_file_of_many_gigabytes_has_its_size() -> None:
    head = Walk(dripping(member("big", size=9 << 40), 1 << 20)).next()

    assert head is not None
    assert head.size == 9 << 40


def test_a_pax_header_says_more_than_the_header_after_it() -> None:
    content = tar(
        pax(
            ("path", "x" * 200), ("uid", "70000"), ("gid", "80000"), ("mtime", "-1.5"),
            ("size", "3"), ("SCHILY.xattr.security.capability", b"\1\0\n=\0"), ("comment", "-"),
        ),
        member("short", b"abc", size=0),
        member("next"),
    )  # fmt: skip
    walk = Walk(dripping(content, 1 << 20))
    first = walk.next()
    body = walk.take(100)
    second = walk.next()

    assert first == Header(
        "x" * 200, "0", 0o644, 70000, 80000, -2, 3, 3, "", capability=True, sparse=False
    )
    assert body == b"abc"
    assert second == Header("next", "0", 0o644, 0, 0, 0, 0, 0, "", capability=False, sparse=False)


def test_an_empty_pax_value_leaves_what_the_header_says() -> None:
    content = tar(pax(("path", "first"), ("path", "")), member("second"))

    assert walked(content)[0][0][0] == "second"


def test_a_global_header_changes_nothing_as_engines_have_it() -> None:
    content = tar(pax(("path", "other"), kind=b"g"), member("mine"))

    assert paths(content) == ["mine"]
    assert problems(content) == ("a global header, which engines ignore, changes its members",)


def test_a_global_header_with_a_comment_is_not_odd() -> None:
    assert problems(tar(pax(("comment", "1234"), kind=b"g"), member("mine"))) == ()


def test_gnus_long_names_come_before_all_others() -> None:
    content = tar(
        gnu_long(b"n" * 300), gnu_long(b"l" * 300, b"K"), pax(("path", "p")),
        member("short", kind=b"2", link="short"),
    )  # fmt: skip

    assert [(seen[0], seen[7]) for seen in walked(content)[0]] == [("n" * 300, "l" * 300)]


def test_what_was_written_before_posix_is_read() -> None:
    content = tar(
        member("old/", kind=b"\0", magic=b""), member("old/file", b"x", kind=b"\0", magic=b"")
    )

    assert [seen[:2] for seen in walked(content)[0]] == [("old", "5"), ("old/file", "0")]


@pytest.mark.parametrize(
    ("magic", "rest", "path"),
    [
        (b"ustar\x0000", b"folder", "folder/a"),
        pytest.param(b"ustar  \0", b"14000000000\0", "a", id="gnu, with an access time there"),
        pytest.param(b"", b"folder", "a", id="v7"),
        pytest.param(
            b"ustar\x0000", b"f".ljust(131, b"\0") + b"1" * 24 + bytes(8) + b"tar\0", "f/a", id="star"
        ),
    ],
)  # fmt: skip
def test_the_prefix_of_a_name_is_told_from_what_else_may_be_there(
    magic: bytes, rest: bytes, path: str
) -> None:
    assert paths(tar(member("a", magic=magic, rest=rest))) == [path]


@pytest.mark.parametrize(
    ("name", "path", "problem"),
    [
        ("./etc/passwd", "etc/passwd", None),
        ("etc//ssl/./certs", "etc/ssl/certs", None),
        ("etc/.hidden", "etc/.hidden", None),
        ("a..b/..c", "a..b/..c", None),
        ("./", "", None),
        ("", "", None),
        ("/etc/passwd", "etc/passwd", "the name `/etc/passwd` begins at the root"),
        ("../../x", "x", "the name `../../x` leads out of it, and 1 more like it"),
        ("a/../../b", "b", "the name `a/../../b` leads out of it"),
        ("a/../b", "b", "the name `a/../b` has `..` in it"),
        ("..", "", "the name `..` leads out of it"),
        (b"caf\xe9", "caf\\xe9", "the name `caf\\xe9` is no UTF-8"),
        ("line\nfeed\x1b[31m", "line\nfeed\x1b[31m", None),
    ],
)  # fmt: skip
def test_names_are_made_harmless(name: str | bytes, path: str, problem: str | None) -> None:
    seen, odd = walked(tar(member(name)))

    assert seen[0][0] == path
    assert set(odd) >= ({problem} if problem else set())
    assert bool(odd) == bool(problem)


def test_what_is_said_of_odd_names_is_short_and_can_be_shown() -> None:
    content = tar(*(member(f"../\x1b[2J{at}") for at in range(5)))

    assert problems(content) == ("the name `../\\x1b[2J0` leads out of it, and 4 more like it",)


def test_a_pax_name_with_a_zero_byte_is_told() -> None:
    content = tar(pax(("path", b"a\0b")), member("x"))

    assert walked(content)[0][0][0] == "a\\x00b"
    assert problems(content) == ("the name `a\\x00b` has a zero byte in it",)


def test_a_name_that_is_too_long_is_cut() -> None:
    content = tar(pax(("path", "a/" * 5000 + "b")), member("x"))

    assert [len(path) for path in paths(content)] == [4095]
    assert problems(content) == ("the name `" + "a/" * 38 + "a...` has 10,001 bytes and was cut",)


def test_the_target_of_a_hard_link_is_a_path_and_that_of_a_symbolic_link_is_not() -> None:
    content = tar(
        member("a", kind=b"1", link="./usr//bin/python"), member("b", kind=b"2", link="../x")
    )

    assert [seen[7] for seen in walked(content)[0]] == ["usr/bin/python", "../x"]


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_only_files_have_content_whatever_their_headers_say(kind: bytes) -> None:
    content = tar(member("a", kind=kind, size=5000), member("b"))

    assert [seen[0] for seen in walked(content)[0]] == ["a", "b"]
    assert walked(content)[1] == ()


def test_what_is_of_an_unknown_kind_is_told_and_passed_by() -> None:
    content = tar(member("a", b"x" * 600, kind=b"Z"), member("b", kind=b"Z"), member("c"))

    assert paths(content) == ["c"]
    assert problems(content) == (
        "`a` is of the unknown type `Z`, and was not looked at, and 1 more like it",
    )


def test_a_million_members_of_unknown_kinds_are_no_recursion() -> None:
    assert paths(tar(*([member("a", kind=b"Z")] * 5000))) == []


def test_a_damaged_header_ends_the_tar_and_what_came_before_is_kept() -> None:
    content = tar(member("a", b"x"), member("b", checksum=b"000000\0 "), member("c"))

    assert paths(content) == ["a"]
    assert problems(content) == ("no tar header at byte 1,024; what follows was not looked at",)


def test_a_checksum_of_signed_bytes_is_taken_as_old_programs_wrote_it() -> None:
    name = b"caf\xe9"
    unsigned = int(member(name)[148:154], 8)

    assert paths(tar(member(name, checksum=b"%06o\0 " % (unsigned - 256)))) == ["caf\\xe9"]


@pytest.mark.parametrize(
    "size", [b"abcdefghijk\0", base_256(-1, 12), b"\xff" * 12, b"\xbf" + b"\xff" * 11]
)
def test_a_size_that_is_none_ends_the_tar(size: bytes) -> None:
    content = tar(member("a"), member("b", size=size))

    assert paths(content) == ["a"]
    assert problems(content) == (
        "no tar header at byte 512: its size is none; what follows was not looked at",
    )


def test_an_owner_that_is_no_number_is_told() -> None:
    content = tar(member("a", uid=b"nobody!\0"))

    assert walked(content) == (
        [("a", "0", 0o644, 0, 0, 0, 0, "", b"")],
        ("no number in a header before byte 512",),
    )


@pytest.mark.parametrize(
    "records",
    [
        b"no records",
        b"5 a=b\n",
        b"999999 path=x\n",
        b"0 path=x\n",
        b"9 path=x",
        b"6 =ab\n",
        pax_records(*[("comment", "x")] * 3000),
    ],
)
def test_an_extended_header_that_is_none_ends_the_tar(records: bytes) -> None:
    content = tar(member("a"), member("P", records, kind=b"x"), member("b"))

    assert paths(content) == ["a"]
    assert problems(content) == (
        "an extended header at byte 512 that is none; what follows was not looked at",
    )


def test_an_extended_header_is_not_read_whatever_size_it_has() -> None:
    walk = Walk(dripping(member("a") + member("P", size=8 << 30, kind=b"x"), 1 << 20))
    first, second = walk.next(), walk.next()

    assert first is not None
    assert second is None
    assert walk.problems == (
        "an extended header of 8,589,934,592 bytes at byte 512; what follows was not looked at",
    )


def test_an_extended_header_that_nothing_follows_is_told() -> None:
    assert problems(tar(member("a"), pax(("path", "b")))) == (
        "an extended header that nothing follows",
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no empty blocks close it"),
        (member("a"), "no empty blocks close it"),
        (member("a") + bytes(BLOCK), "only one empty block closes it"),
        (
            member("a") + bytes(BLOCK) + member("b"),
            "no tar header at byte 1,024, after an empty block; what follows was not looked at",
        ),
        (member("a", b"x" * 700)[:-600], "it ends within a member, after 936 bytes"),
        (member("a", b"x" * 700)[:-100], "it ends within a member, after 1,436 bytes"),
        (member("a")[:-1], "it ends within a member, after 511 bytes"),
        (pax(("path", "a"))[:-1], "it ends within a member, after 1,023 bytes"),
        (tar(member("a")) + bytes(9000) + b"x", "some 9,001 bytes come after its end"),
        (tar(member("a")) + tar(member("b")), "some 1,536 bytes come after its end"),
    ],
)
def test_an_end_that_is_not_as_it_should_be_is_told(content: bytes, problem: str) -> None:
    assert problems(content) == (problem,)


def test_zeros_after_the_end_are_usual() -> None:
    assert problems(tar(member("a")) + bytes(100_000)) == ()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            member(
                "s", b"data", kind=b"S", magic=b"ustar  \0",
                rest=bytes(41) + (b"%011o\0" % 0 + b"%011o\0" % 4).ljust(96, b"\0") + b"\0"
                + b"%011o\0" % 9000,
            ),
            id="gnu",
        ),
        pytest.param(
            member(
                "s", kind=b"S", magic=b"ustar  \0", size=4,
                rest=bytes(41) + bytes(96) + b"\1" + b"%011o\0" % 9000,
            )
            + bytes(504) + b"\1" + bytes(7) + bytes(BLOCK) + b"data" + bytes(508),
            id="gnu, with more parts",
        ),
        pytest.param(
            pax(("GNU.sparse.size", "9000"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "4"))
            + member("s", b"data"),
            id="0.0",
        ),
        pytest.param(
            pax(("GNU.sparse.name", "s"), ("GNU.sparse.size", "9000"), ("GNU.sparse.map", "0,4"))
            + member("GNUSparseFile.1/s", b"data"),
            id="0.1",
        ),
        pytest.param(
            pax(
                ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "s"),
                ("GNU.sparse.realsize", "9000"),
            )
            + member("GNUSparseFile.1/s", b"1\n0\n4\n".ljust(512, b"\0") + b"data"),
            id="1.0",
        ),
    ],
)  # fmt: skip
def test_a_sparse_file_has_its_real_size_and_is_told(content: bytes) -> None:
    seen, odd = walked(tar(content, member("next")))

    assert [(path, size) for path, _, _, _, _, _, size, _, _ in seen] == [("s", 9000), ("next", 0)]
    assert odd == ("`s` is stored as a sparse file, whose content was not looked at",)


def test_a_sparse_file_that_lies_has_the_size_that_it_takes() -> None:
    content = tar(
        pax(("GNU.sparse.realsize", str(8 << 60)), ("GNU.sparse.major", "1")), member("s", b"data")
    )

    assert [(seen[0], seen[6]) for seen in walked(content)[0]] == [("s", 4)]
    assert problems(content) == (
        "no number in a header before byte 1,536",
        "`s` is stored as a sparse file, and has not the size that it says",
    )


def test_content_that_nobody_takes_is_skipped() -> None:
    walk = Walk(dripping(tar(member("a", b"x" * 1_000_000), member("b")), 1 << 16))
    first, second = walk.next(), walk.next()

    assert first is not None
    assert second is not None
    assert (first.path, second.path) == ("a", "b")


def test_a_reader_that_fails_fails_the_walk() -> None:
    def read(_: int) -> bytes:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Walk(read).next()
