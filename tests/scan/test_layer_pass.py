"""One reading of a layer tells everything about it, and what it leaves out."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
from collections.abc import Callable

import pytest
from tests.scan.hostile_layers import Stream, cut, gnu_long, gzipped, member, pax, tar, zeros

from boxwright.scan import layer_pass
from boxwright.scan.layer_index import (
    BLOCK,
    CHARACTER,
    DIRECTORY,
    FIFO,
    HARDLINK,
    SYMLINK,
    Artifact,
    Binary,
    LayerIndex,
    Member,
    SecretHit,
)
from boxwright.scan.layer_pass import Pass, index_layer
from boxwright.scan.looker import START, Begun, Watch
from boxwright.scan.lookers import Lookers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Notebook:
    """Looks at every file, finds something of each kind in it, and keeps what it was fed."""

    def __init__(self) -> None:
        self.hits: list[SecretHit] = []
        self.artifacts: list[Artifact] = []
        self.binaries: list[Binary] = []
        self.problems: list[str] = []
        self.fed: dict[str, list[bytes]] = {}
        self.begun: list[Begun] = []
        self.closed: list[str] = []

    def begin(self, file: Begun) -> Watch | None:
        if file.path.endswith(".skip"):
            return None
        self.begun.append(file)
        self.fed[file.path] = []
        return Page(self, file)


class Page:
    def __init__(self, notebook: Notebook, file: Begun) -> None:
        self._notebook = notebook
        self._file = file

    def feed(self, piece: bytes) -> None:
        self._notebook.fed[self._file.path].append(piece)

    def close(self) -> None:
        path, size = self._file.path, self._file.size
        self._notebook.closed.append(path)
        self._notebook.binaries.append(Binary(path=path, size=size))
        self._notebook.artifacts.append(Artifact(path=path, role="model", format="x", size=size))
        self._notebook.hits.append(SecretHit(path, 1, "a key", f"{size} bytes", ""))


class Nobody:
    hits = ()
    artifacts = ()
    binaries = ()
    problems = ()

    def begin(self, file: Begun) -> Watch | None:
        return None


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read(content: bytes) -> Pass:
    return index_layer(io.BytesIO(content), Lookers(Nobody(), Nobody()))


def index(*members: bytes) -> LayerIndex:
    return read(tar(*members)).index


def looked_at(*members: bytes) -> tuple[LayerIndex, Notebook]:
    notebook = Notebook()
    done = index_layer(io.BytesIO(tar(*members)), Lookers(Notebook(), notebook))
    return done.index, notebook


LAYER = tar(
    member("etc/", kind=b"5", mode=b"0000755\0"),
    member("etc/os-release", b"ID=debian\n"),
    member("usr/bin/passwd", b"elf", mode=b"0004755\0", uid=b"0000001\0", gid=b"0000002\0"),
    member("usr/bin/sh", kind=b"2", link="dash", mode=b"0000777\0"),
    member("usr/bin/also", kind=b"1", link="usr/bin/passwd"),
    member("dev/null", kind=b"3"),
    member("dev/sda", kind=b"4"),
    member("run/pipe", kind=b"6"),
    pax(("SCHILY.xattr.security.capability", b"\1"), ("mtime", "1700000000")),
    member("usr/bin/ping", b"elf"),
    member("etc/.wh.shadow"),
    member("srv/.wh..wh..opq"),
)
INDEX = LayerIndex(
    diff_id=digest(LAYER),
    size=len(LAYER),
    members=(
        Member("etc", DIRECTORY, 0o755),
        Member("etc/os-release", size=10, digest=sha256(b"ID=debian\n")),
        Member("usr/bin/passwd", mode=0o4755, uid=1, gid=2, size=3, digest=sha256(b"elf")),
        Member("usr/bin/sh", SYMLINK, 0o777, link="dash"),
        Member("usr/bin/also", HARDLINK, link="usr/bin/passwd"),
        Member("dev/null", CHARACTER),
        Member("dev/sda", BLOCK),
        Member("run/pipe", FIFO),
        Member("usr/bin/ping", mtime=1700000000, size=3, digest=sha256(b"elf"), capability=True),
    ),
    whiteouts=("etc/shadow",),
    opaque=("srv",),
    documents={"etc/os-release": b"ID=debian\n"},
)


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(bytes, id="plain"),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(
            lambda content: gzip.compress(content[:700]) + gzip.compress(content[700:]),
            id="gzip of two members",
        ),
        pytest.param(zstd.compress, id="zstd"),
    ],
)
def test_a_layer_is_known_whichever_way_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    blob = pack(LAYER)

    assert read(blob) == Pass(index=INDEX, digest=digest(blob), size=len(blob), problem="")


def test_the_caller_is_told_of_every_byte_that_was_read() -> None:
    blob = gzip.compress(LAYER)
    told: list[int] = []
    index_layer(io.BytesIO(blob), Lookers(Nobody(), Nobody()), advance=told.append)

    assert sum(told) == len(blob)


def test_what_the_caller_raises_ends_the_reading() -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_layer(io.BytesIO(LAYER), Lookers(Nobody(), Nobody()), advance=stop)


def test_a_small_file_is_shown_whole_and_a_large_one_in_pieces() -> None:
    large = bytes(range(256)) * 4000
    _, notebook = looked_at(
        member("small", b"x" * START), member("large", large), member("empty"), member("a.skip", b"x")
    )  # fmt: skip

    assert notebook.begun == [
        Begun("small", START, 0o644, b"x" * START),
        Begun("large", len(large), 0o644, large[:START]),
    ]
    assert notebook.fed["small"] == [b"x" * START]
    assert notebook.fed["large"][0] == large[:START]
    assert b"".join(notebook.fed["large"]) == large
    assert len(notebook.fed["large"]) < 20
    assert notebook.closed == ["small", "large"]


def test_marks_of_what_is_removed_are_no_members() -> None:
    seen = index(
        member(".wh.top"), member("a/.wh.b"), member("a/.wh.b"), member("./c/.wh..wh..opq"),
        member(".wh..wh..opq"), member("d/.wh.e/", kind=b"5"), member("x.wh.y"),
    )  # fmt: skip

    assert seen.whiteouts == ("top", "a/b", "d/e")
    assert seen.opaque == ("c", "")
    assert [found.path for found in seen.members] == ["x.wh.y"]
    assert seen.problems == ()


@pytest.mark.parametrize("name", ["a/.wh.", "a/.wh..", "a/.wh..."])
def test_a_mark_that_names_nothing_is_told(name: str) -> None:
    seen = index(member(name))

    assert (seen.whiteouts, seen.members) == ((), ())
    assert seen.problems == (f"`{name}` removes nothing that has a name",)


def test_what_aufs_kept_for_itself_is_in_no_container_but_its_links_are() -> None:
    seen = index(
        member(".wh..wh.plnk/", kind=b"5"),
        member(".wh..wh.plnk/12.34", b"content"),
        member(".wh..wh.aufs"),
        member("a", kind=b"1", link=".wh..wh.plnk/12.34"),
        member("b", kind=b"1", link=".wh..wh.plnk/56.78"),
    )

    assert seen.members == (
        Member("a", size=7, digest=sha256(b"content")),
        Member("b", HARDLINK, link=".wh..wh.plnk/56.78"),
    )
    assert seen.problems == (
        "`.wh..wh.plnk` is left over from aufs, and in no container, and 2 more like it",
    )


def test_the_last_of_several_entries_for_a_path_is_what_counts() -> None:
    status = "var/lib/dpkg/status"
    seen, _ = looked_at(
        member(status, b"Package: a\n"), member("b", b"123"), member(status, b"Package: b\n\n"),
        member("b", b"1234"), member("b", b"12345"), member("c/", kind=b"5"), member("c/", kind=b"5"),
    )  # fmt: skip

    assert [(found.path, found.size) for found in seen.members] == [
        (status, 12),
        ("b", 5),
        ("c", 0),
    ]
    assert seen.repeated == {status: 11, "b": 7}
    assert seen.documents == {status: b"Package: b\n\n"}
    assert [(found.path, found.size) for found in seen.binaries] == [(status, 12), ("b", 5)]
    assert [(found.path, found.size) for found in seen.artifacts] == [(status, 12), ("b", 5)]
    assert [found.redacted for found in seen.secrets if found.path == "b"] == [
        "3 bytes", "4 bytes", "5 bytes",
    ]  # fmt: skip
    assert seen.problems == ()


def test_a_path_that_turns_from_file_to_folder_is_told() -> None:
    seen = index(member("etc/os-release", b"ID=x"), member("etc/os-release/", kind=b"5"))

    assert seen.members == (Member("etc/os-release", DIRECTORY),)
    assert seen.documents == {}
    assert seen.repeated == {"etc/os-release": 4}
    assert seen.problems == ("`etc/os-release` is a folder once and something else then",)


def test_a_sparse_file_is_not_taken_for_its_parts() -> None:
    seen, notebook = looked_at(
        pax(("GNU.sparse.name", "s"), ("GNU.sparse.size", "90"), ("GNU.sparse.map", "0,4")),
        member("GNUSparseFile.1/s", b"data"),
    )

    assert seen.members == (Member("s", size=90),)
    assert notebook.begun == []
    assert seen.problems == ("`s` is stored as a sparse file, whose content was not looked at",)


def test_the_root_itself_is_no_member() -> None:
    assert index(member("./", kind=b"5"), member("/", b"x")).members == ()


def test_documents_have_no_more_bytes_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_pass, "MOST_BYTES_OF_LAYER", 10)
    seen = index(
        member("etc/debian_version", b"12.1\n"),
        member("etc/os-release", b"123456"),
        member("etc/debian_version", b"12\n"),
        member("etc/passwd", b"1234567"),
    )

    assert seen.documents == {"etc/debian_version": b"12\n", "etc/passwd": b"1234567"}
    assert seen.problems == (
        "documents of packages with more than 0 MiB, of which `etc/os-release` was not read",
    )


def test_members_are_no_more_than_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_pass, "MOST_MEMBERS", 2)
    seen, notebook = looked_at(*(member(f"{at}", b"x") for at in range(5)))

    assert [found.path for found in seen.members] == ["0", "1"]
    assert seen.problems == ("more than 2 members, of which `2` was left out, and 2 more like it",)
    assert len(notebook.closed) == 5


def test_names_are_no_longer_together_than_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_pass, "_MOST_OF_NAMES", 1000)
    seen = index(*(gnu_long(b"%d" % at * 300) + member("x") for at in range(5)))

    assert len(seen.members) == 3
    assert seen.problems == (
        f"more than 3 members, of which `{'3' * 77}...` was left out, and 1 more like it",
    )


def test_what_was_read_of_a_damaged_layer_is_kept_beside_the_damage() -> None:
    numbers = b"".join(hashlib.sha256(b"%d" % at).digest() for at in range(20_000))
    done = read(cut(tar(member("first", b"x"), member("second", numbers)), 0.7))

    assert done.problem == "its gzip stream is cut short"
    assert done.index.members[0] == Member("first", size=1, digest=sha256(b"x"))


def test_a_file_that_is_cut_short_is_never_complete() -> None:
    notebook = Notebook()
    content = member("a", b"x") + member("b", b"y" * 100_000)[:-50_000]
    done = index_layer(io.BytesIO(content), Lookers(Nobody(), notebook))

    assert done.index.members == (
        Member("a", size=1, digest=sha256(b"x")),
        Member("b", size=100_000),
    )
    assert notebook.closed == ["a"]
    assert done.index.problems == ("it ends within a member, after 51,888 bytes",)


def test_what_is_no_layer_is_none() -> None:
    done = read(b"#!/bin/sh\nexit 1\n" * 100)

    assert done.problem == "it is no tar, and neither gzip nor zstd"
    assert done.index.members == ()
    assert (done.digest, done.size) == (digest(b"#!/bin/sh\nexit 1\n" * 100), 1700)


def test_a_stream_that_fails_is_the_problem() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if piece := super().read(min(size or 0, 4000)):
                return piece
            raise OSError(5, "Input/output error")

    done = index_layer(Failing(member("a", b"x" * 9000)), Lookers(Nobody(), Nobody()))

    assert done.problem == "it cannot be read: Input/output error"


def test_what_follows_the_packed_stream_is_hashed_and_told() -> None:
    blob = gzip.compress(LAYER) + b"and more, which is no gzip"
    done = read(blob)

    assert done == Pass(
        index=INDEX,
        digest=digest(blob),
        size=len(blob),
        problem="bytes that are no gzip follow its gzip stream",
    )


def test_pieces_of_a_stream_that_makes_itself_are_enough() -> None:
    done = index_layer(Stream(gzipped(zeros(3 << 20))), Lookers(Nobody(), Nobody()))

    assert [found.size for found in done.index.members] == [3 << 20]
    assert done.index.diff_id == digest(b"".join(zeros(3 << 20)))
