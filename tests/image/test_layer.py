"""What a LayerWriter promises: any entries come back, always as the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.errors import PackageError
from boxwright.image.entry import Entry, Kind, directory, file, symlink
from boxwright.image.layer import LayerWriter, Written

MIB = 1 << 20
NAMES = st.text("ab.é ", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def deflate(content: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, wbits=-15)
    return packer.compress(content) + packer.flush()


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def write(entries: Iterable[tuple[Entry, bytes]], *, transplant: bool) -> tuple[Written, bytes]:
    """Return what a layer of *entries* is, and its blob; *transplant* packs contents first."""
    blob = io.BytesIO()
    writer = LayerWriter(blob.write)
    for entry, content in entries:
        if transplant and entry.kind is Kind.FILE:
            writer.add_deflated(entry, [deflate(content)], zlib.crc32(content))
        else:
            writer.add(entry, content)
    return writer.close(), blob.getvalue()


def listing(blob: bytes) -> list[tuple[str, str, int, bytes]]:
    """Return type, path, mode and content (or target) of all in *blob*, as tarfile reads it."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            found.append(
                (
                    member.type.decode(),
                    member.name,
                    member.mode,
                    content.read() if content else member.linkname.encode(),
                )
            )
    return found


@st.composite
def trees(draw: st.DrawFn) -> list[tuple[Entry, bytes]]:
    """Entries that can be in one layer: no path twice, nothing below what is no folder."""
    paths = draw(st.lists(PATHS, unique=True, max_size=8))
    above = {path[:at] for path in paths for at in range(len(path)) if path[at] == "/"}
    tree: list[tuple[Entry, bytes]] = []
    for path in paths:
        kind = Kind.DIRECTORY if path in above else draw(st.sampled_from(list(Kind)[0::2]))
        content = draw(st.binary(max_size=1500)) if kind is Kind.FILE else b""
        if kind is Kind.FILE:
            tree.append((file(path, len(content), draw(st.sampled_from([0o644, 0o755]))), content))
        elif kind is Kind.SYMLINK:
            tree.append((symlink(path, draw(PATHS)), b""))
        else:
            tree.append((directory(path), b""))
    return tree


@given(trees(), st.booleans())
def test_tarfile_reads_back_what_was_added(
    tree: Sequence[tuple[Entry, bytes]], transplant: bool
) -> None:
    written, blob = write(tree, transplant=transplant)

    unpacked = gzip.decompress(blob)
    found = {path: (kind, mode, content) for kind, path, mode, content in listing(blob)}
    for entry, content in tree:
        wanted = content if entry.kind is Kind.FILE else entry.link.encode()
        assert found[entry.path] == (entry.kind.value, entry.mode, wanted)
    assert written.diff_id == f"sha256:{hashlib.sha256(unpacked).hexdigest()}"
    assert written.uncompressed_size == len(unpacked)


@given(trees())
def test_every_path_is_there_once_and_after_its_parents(tree: list[tuple[Entry, bytes]]) -> None:
    _, blob = write(tree, transplant=False)

    paths = [path for _, path, _, _ in listing(blob)]
    assert len(paths) == len(set(paths))
    for at, path in enumerate(paths):
        assert "/" not in path or path.rpartition("/")[0] in paths[:at]


@given(trees())
def test_how_contents_are_packed_does_not_change_the_diff_id(
    tree: list[tuple[Entry, bytes]],
) -> None:
    gathered, transplanted = write(tree, transplant=False), write(tree, transplant=True)

    assert gathered[0] == transplanted[0]


@given(st.lists(st.integers(1, 3 * MIB), max_size=4), st.integers(0, MIB))
@settings(max_examples=15)
def test_the_bytes_do_not_depend_on_the_pieces_that_contents_come_in(
    cuts: list[int], before: int
) -> None:
    content = hashlib.shake_256(b"").digest(4096) * 700
    ends = sorted({0, *(min(cut, len(content)) for cut in cuts), len(content)})
    blobs = []
    for some in ([content], [content[start:end] for start, end in pairwise(ends)]):
        blob = io.BytesIO()
        writer = LayerWriter(blob.write)
        writer.add(file("a", before), bytes(before))
        writer.add_stream(file("b", len(content)), some)
        writer.close()
        blobs.append(blob.getvalue())

    assert blobs[0] == blobs[1]


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])
@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("step", [1000, 1 << 16, 1 << 30])
@pytest.mark.parametrize("period", [b"\0", b"abcdefgh", hashlib.shake_256(b"").digest(9999)])
def test_a_transplanted_content_comes_back(size, level, step, period) -> None:
    """Output that waits inside the inflater for want of room was once taken for a lie."""
    content = (period * (size // len(period) + 1))[:size]
    blob, seen = io.BytesIO(), io.BytesIO()
    writer = LayerWriter(blob.write)
    writer.add_deflated(
        file("a", size),
        pieces(deflate(content, level), step),
        zlib.crc32(content),
        see=seen.write,
    )
    writer.close()

    assert seen.getvalue() == content
    assert listing(blob.getvalue()) == [("0", "a", 0o644, content)]


CONTENT = b"hello world " * 100
DEFLATED = deflate(CONTENT)


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("deflated", "size", "crc32"),
    [
        pytest.param(DEFLATED, len(CONTENT) - 1, zlib.crc32(CONTENT), id="longer than promised"),
        pytest.param(DEFLATED, len(CONTENT) + 1, zlib.crc32(CONTENT), id="shorter than promised"),
        pytest.param(DEFLATED, 0, zlib.crc32(b""), id="not empty"),
        pytest.param(DEFLATED, len(CONTENT), 1, id="another CRC-32"),
        pytest.param(DEFLATED[:-1], len(CONTENT), zlib.crc32(CONTENT), id="cut short"),
        pytest.param(DEFLATED + b"x", len(CONTENT), zlib.crc32(CONTENT), id="goes on"),
        pytest.param(DEFLATED + DEFLATED, len(CONTENT), zlib.crc32(CONTENT), id="twice"),
        pytest.param(b"", 0, 0, id="nothing at all"),
        pytest.param(b"\xff" * 99, 99, 0, id="no deflate stream"),
        pytest.param(deflate(bytes(100 * MIB)), 1000, 0, id="a bomb"),
    ],
)
def test_a_lying_stream_is_refused(deflated: bytes, size: int, crc32: int, step: int) -> None:
    writer = LayerWriter(lambda _: None)

    with pytest.raises(PackageError) as caught:
        writer.add_deflated(file("a/b", size), pieces(deflated, step), crc32)

    assert caught.value.message == f"`a/b` is not the {size} bytes that its archive promises"


@given(st.binary(max_size=60))
def test_any_bytes_are_a_stream_or_a_package_error(deflated: bytes) -> None:
    try:
        content = zlib.decompress(deflated, wbits=-15)
    except zlib.error:
        content = b"?"
    writer = LayerWriter(lambda _: None)

    try:
        writer.add_deflated(file("a", len(content)), [deflated], zlib.crc32(content))
    except PackageError:
        return

    assert zlib.decompress(deflated, wbits=-15) == content


def test_special_directories_keep_their_modes() -> None:
    blob = io.BytesIO()
    writer = LayerWriter(blob.write)
    for path in ("tmp/a", "var/tmp/b", "root/c", "opt/tmp/d"):
        writer.add(file(path, 0))
    writer.close()

    found = {path: mode for kind, path, mode, _ in listing(blob.getvalue()) if kind == "5"}
    assert found == {
        "tmp": 0o1777,
        "var": 0o755,
        "var/tmp": 0o1777,
        "root": 0o700,
        "opt": 0o755,
        "opt/tmp": 0o755,
    }


def test_what_cannot_be_written_is_the_callers_error() -> None:
    def full(content: bytes) -> None:
        raise OSError(28, "No space left on device")

    writer = LayerWriter(full)

    def add_all() -> None:
        writer.add(file("a", 5 * MIB), bytes(5 * MIB))
        writer.close()

    with pytest.raises(OSError, match="No space left"):
        add_all()


@pytest.mark.oracle
@pytest.mark.parametrize("program", ["gzip", "pigz"])
def test_other_programs_unpack_a_layer(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no program `{program}`")
    tree = [(file(f"a/{at}", 20_000), bytes([at]) * 20_000) for at in range(50)]
    written, blob = write(tree, transplant=True)

    unpacked = subprocess.run([program, "-dc"], input=blob, capture_output=True, check=True).stdout

    assert f"sha256:{hashlib.sha256(unpacked).hexdigest()}" == written.diff_id
