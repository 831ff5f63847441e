"""Tar headers, against what Python's tarfile and GNU tar make of them."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.image import tar
from boxwright.image.entry import MTIME, Entry, Kind, directory, file, symlink

PARTS = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120
).filter(lambda part: part not in (".", ".."))
PATHS = st.lists(PARTS, min_size=1, max_size=6).map("/".join)

ENTRIES = [
    file("a", 0),
    file("b" * 100, 5, 0o755),
    file("c" * 101, 5),
    file("d" * 90 + "/" + "e" * 90, 5),
    file("d" * 155 + "/" + "e" * 100, 5),
    file("d" * 156 + "/" + "e" * 100, 5),
    file("x/" * 60 + "y", 5),
    file("é" * 50 + "/ü" + "ß" * 60, 5),
    file("name with\nnewline", 5),
    file("\udcff-not-utf-8", 5),
    file("big-owner", 1, uid=8**7, gid=8**7 + 1),
    file("eight-gib-less-one", 8**11 - 1),
    file("eight-gib", 8**11),
    file("twenty-gib" * 20, 20 << 30),
    directory("folder", 0o1777, uid=65532, gid=65532),
    directory("f" * 99),
    directory("f" * 100),
    directory("f" * 154 + "/" + "g" * 99),
    symlink("link", "/usr/lib/target"),
    symlink("link" * 30, "t" * 100),
    symlink("link", "é" * 101),
    Entry("hard", Kind.HARDLINK, link="h" * 120),
]


def read_header(entry: Entry) -> tarfile.TarInfo:
    """Return what tarfile makes of *entry*, whose content nobody needs to see that."""
    with tarfile.open(fileobj=io.BytesIO(tar.header(entry) + tar.END)) as archive:
        found = archive.next()
    assert found is not None
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.path[:20])
def test_tarfile_reads_the_same_entry(entry: Entry) -> None:
    found = read_header(entry)

    assert found.type.decode() == entry.kind.value
    assert (found.name, found.linkname) == (entry.path, entry.link)
    assert (found.mode, found.uid, found.gid) == (entry.mode, entry.uid, entry.gid)
    assert (found.size, found.mtime) == (entry.size, MTIME)
    assert (found.uname, found.gname) == ("", "")


@given(PATHS, st.integers(0, 1 << 40), PATHS)
def test_any_name_and_size_survive(path: str, size: int, target: str) -> None:
    found, link = read_header(file(path, size)), read_header(symlink(path, target))

    assert (found.name, found.size) == (path, size)
    assert (link.name, link.linkname) == (path, target)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.path[:20])
def test_the_header_is_whole_blocks(entry: Entry) -> None:
    assert len(tar.header(entry)) % tar.BLOCK == 0


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("tar") is None, reason="no tar")
def test_gnu_tar_lists_the_same_names() -> None:
    entries = [
        entry
        for entry in ENTRIES
        if entry.kind is not Kind.FILE or (entry.size <= 5 and "\n" not in entry.path)
    ]
    content = b"".join(
        tar.header(entry)
        + (bytes(entry.size + tar.padding(entry.size)) if entry.kind is Kind.FILE else b"")
        for entry in entries
    )

    listed = subprocess.run(
        ["tar", "--list", "--quoting-style=literal", "--file=-"],
        input=content + tar.END,
        capture_output=True,
        check=True,
    ).stdout

    assert listed.splitlines() == [
        entry.path.encode(errors="surrogateescape")
        + (b"/" if entry.kind is Kind.DIRECTORY else b"")
        for entry in entries
    ]
