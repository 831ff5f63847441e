"""Layers that are made to do harm end soon, in little memory, and are told of."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scan.hostile_layers import (
    BLOCK,
    END,
    base_256,
    cut,
    gnu_long,
    member,
    pax,
    pax_records,
    tar,
)

from boxwright.errors import BoxwrightError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.image.image import Image, Layer
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.manifest import Manifest
from boxwright.oci.platform import Platform
from boxwright.scan.filesystem import merge
from boxwright.scan.layer_pass import Pass, index_layer
from boxwright.scan.look import look
from boxwright.scan.lookers import make_lookers
from boxwright.store.cache import Cache

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).parents[2]
MIB = 1 << 20

ORDINARY = tar(
    member("etc/", kind=b"5"),
    member("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
    pax(("path", "usr/lib/" + "n" * 150), ("mtime", "1700000000.5")),
    member("short", bytes(range(256)) * 300),
    gnu_long(b"usr/share/" + b"m" * 120),
    member("short", kind=b"2", link="target"),
    member("dev/null", kind=b"3"),
    member("etc/.wh.shadow"),
)


def read(content: bytes) -> Pass:
    return index_layer(io.BytesIO(content), make_lookers())


def image_of(*contents: bytes, diff_id: str = "") -> Image:
    """Return the image of layers with these *contents*, packed or not, however many there are."""
    layers = []
    for content in contents:
        descriptor = Descriptor(
            media_type=media_type.LAYER_GZIP, digest=digest_of(content), size=len(content)
        )
        layers.append(
            Layer(
                blob=BytesBlob(descriptor, content),
                diff_id=Digest(diff_id or digest_of(gzip.decompress(content))),
                uncompressed_size=0,
                created_by="RUN x",
            )
        )
    config = ImageConfig(
        platform=Platform("linux", "amd64"),
        created="2026-01-01T00:00:00Z",
        diff_ids=tuple(layer.diff_id for layer in layers),
    )
    config_blob = bytes_blob(media_type.CONFIG, canonical_json(config.to_dict()))
    manifest = Manifest(
        config=config_blob.descriptor, layers=tuple(layer.blob.descriptor for layer in layers)
    )
    return Image(
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest.to_dict())),
        config=config_blob,
        layers=tuple(layers),
        platform=config.platform,
    )


def in_little_memory(code: str, *, most: int) -> dict[str, int | str]:
    """Run *code*, which makes `done`, with room for *most* bytes; return what it came to."""
    program = f"""
import json, re, resource, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.scan.hostile_layers import *
from boxwright.scan.layer_pass import index_layer
from boxwright.scan.lookers import make_lookers
import boxwright.scan.secret_looker
make_lookers()
resource.setrlimit(resource.RLIMIT_AS, ({most}, {most}))
{code}
print(json.dumps({{
    "members": len(done.index.members),
    "size": done.index.size,
    "problem": done.problem,
    "odd": "; ".join(done.index.problems),
    # Not `ru_maxrss`, which a process inherits from the one that started it.
    "rss": int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024,
}}))
"""
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, int | str] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize(
    ("pack", "cut_short"),
    [(gzip.compress, "its gzip stream is cut short"), (zstd.compress, "its zstd stream is cut short")],
)  # fmt: skip
def test_a_packed_layer_may_end_anywhere(pack: Callable[[bytes], bytes], cut_short: str) -> None:
    whole = pack(ORDINARY)
    for keep in [*range(600, len(whole), 37), len(whole) - 1]:
        assert read(whole[:keep]).problem == cut_short


def test_a_tar_may_end_anywhere() -> None:
    whole = read(ORDINARY).index
    seen = [read(ORDINARY[:keep]) for keep in range(BLOCK, len(ORDINARY) - len(END), 411)]

    assert all(done.index.problems for done in seen)
    assert all(
        done.index.members[:-1] == whole.members[: max(len(done.index.members) - 1, 0)]
        for done in seen
    )


@pytest.mark.parametrize("seed", range(150))
def test_damage_anywhere_is_no_error_of_ours(seed: int) -> None:
    numbers = random.Random(seed)  # noqa: S311 (no secret)
    content = bytearray(ORDINARY)
    for _ in range(numbers.randrange(1, 30)):
        content[numbers.randrange(len(content))] = numbers.choice((0, 32, 48, 55, 128, 255))
    whole, packed = bytes(content), bytearray(gzip.compress(ORDINARY))
    packed[numbers.randrange(20, len(packed))] ^= numbers.randrange(1, 256)

    assert read(whole).index.diff_id == digest_of(whole) or read(whole).problem
    assert read(bytes(packed)).digest == digest_of(bytes(packed))


@pytest.mark.parametrize("seed", range(40))
def test_headers_with_right_checksums_may_say_anything(seed: int) -> None:
    numbers = random.Random(seed)  # noqa: S311 (no secret)

    def field(width: int) -> bytes:
        return numbers.choice(
            (
                b"%0*o\0" % (width - 1, numbers.randrange(8 ** (width - 1))),
                b"%*o " % (width - 1, numbers.randrange(64)),
                bytes(width),
                b" " * width,
                b"\xff" * width,
                b"\x80" + numbers.randbytes(width - 1),
                numbers.randbytes(width),
            )
        )

    made = [
        member(
            numbers.choice((b"a/b", b"../x", b"\0", b"/", b".wh.", b"a\xff", b"a\nb", b"." * 99)),
            numbers.randbytes(numbers.choice((0, 5, 600))),
            kind=numbers.choice(list(b"01234567gxLKSAVMNXD\0")).to_bytes(1, "big"),
            mode=field(8),
            uid=field(8),
            gid=field(8),
            size=numbers.choice((None, None, None, field(12), 3)),
            mtime=field(12),
            link=numbers.randbytes(20),
            magic=numbers.choice((b"ustar\x0000", b"ustar  \0", b"", numbers.randbytes(8))),
            rest=numbers.randbytes(167),
        )
        for _ in range(40)
    ]
    content = tar(*made)

    assert read(content).index.diff_id == digest_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"x" * 5000,
        bytes(511),
        gzip.compress(b""),
        gzip.compress(b"no tar" * 1000),
        zstd.compress(b"no tar" * 1000),
        gzip.compress(gzip.compress(ORDINARY)),
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd" + bytes(2000),
        b"\x7fELF" + bytes(2000),
        b"PK\x03\x04" + bytes(2000),
        random.Random(1).randbytes(9000),  # noqa: S311 (no secret)
    ],
)
def test_what_is_no_tar_is_told_and_holds_nothing(content: bytes) -> None:
    done = read(content)

    assert done.index.members == ()
    assert done.problem or done.index.problems
    assert done.digest == digest_of(content)


@pytest.mark.parametrize("pack", ["", "gzipped", "zstandard"])
def test_a_bomb_of_zeros_is_read_in_little_memory(pack: str) -> None:
    code = f"done = index_layer(Stream({pack}(zeros(200 << 20))), make_lookers())"
    seen = in_little_memory(code, most=500 * MIB)

    assert (seen["members"], seen["size"], seen["problem"], seen["odd"]) == (
        1, (200 << 20) + 1536, "", "",
    )  # fmt: skip
    assert int(seen["rss"]) < 100 * MIB


@pytest.mark.slow
def test_gigabytes_of_zeros_end() -> None:
    code = "done = index_layer(Stream(gzipped(zeros(2_500_000_000))), make_lookers())"
    seen = in_little_memory(code, most=500 * MIB)

    assert (seen["members"], seen["size"]) == (1, 2_500_001_792)
    assert int(seen["rss"]) < 100 * MIB


def test_many_members_take_time_and_memory_in_proportion() -> None:
    seen = in_little_memory(
        "done = index_layer(Stream(gzipped(crowd(200_000))), make_lookers())", most=900 * MIB
    )

    assert (seen["members"], seen["problem"], seen["odd"]) == (200_000, "", "")
    assert int(seen["rss"]) < 160 * MIB


@pytest.mark.slow
def test_a_million_members_are_read() -> None:
    seen = in_little_memory(
        "done = index_layer(Stream(gzipped(crowd(1_000_000))), make_lookers())", most=1500 * MIB
    )

    assert (seen["members"], seen["problem"], seen["odd"]) == (1_000_000, "", "")
    assert int(seen["rss"]) < 450 * MIB


def test_one_path_a_hundred_thousand_times_is_one_member() -> None:
    one = member("same", b"x" * 10)
    done = read(tar(one * 100_000))

    assert len(done.index.members) == 1
    assert done.index.repeated == {"same": 999_990}


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(pax(("comment", "x" * 1_000_000)), id="comments"),
        pytest.param(member("P", pax_records(*[("path", "x")] * 2000), kind=b"x"), id="records"),
        pytest.param(gnu_long(b"x" * 1_000_000), id="long names"),
        pytest.param(member("g", pax_records(("path", "x")), kind=b"g"), id="global headers"),
        pytest.param(member("P", kind=b"x"), id="empty headers"),
        pytest.param(
            member("s", kind=b"S", rest=bytes(137) + b"\1" + bytes(29))
            + (bytes(504) + b"\1" + bytes(7)) * 1000,
            id="sparse maps",
        ),
        pytest.param(member("a/" * 45 + "x", kind=b"Z"), id="unknown kinds"),
        pytest.param(member("../" * 33), id="names that lead out"),
    ],
)
def test_headers_without_content_take_time_in_proportion(piece: bytes) -> None:
    count = max(20 * MIB // len(piece), 1)
    began = time.process_time()
    done = read(tar(piece * count))

    assert time.process_time() - began < 20
    assert len(done.index.members) <= 1
    assert sum(map(len, done.index.problems)) < 2000


def test_a_file_may_say_that_it_has_any_size() -> None:
    for size in (2**31, 2**33, 2**62 - 1):
        done = read(member("first", b"x") + member("big", b"y" * 9000, size=size))
        assert [(found.path, found.size) for found in done.index.members] == [
            ("first", 1), ("big", size),
        ]  # fmt: skip
        assert done.index.members[1].digest == b""
        assert done.index.problems == ("it ends within a member, after 10,752 bytes",)
    too_large = read(member("first", b"x") + member("big", size=base_256(2**80, 12)))

    assert [found.path for found in too_large.index.members] == ["first"]
    assert too_large.index.problems == (
        "no tar header at byte 1,024: its size is none; what follows was not looked at",
    )


@pytest.mark.slow
def test_a_file_of_more_than_two_gigabytes_is_read_to_its_end() -> None:
    code = "done = index_layer(Stream(zeros((1 << 31) + 5)), make_lookers())"
    seen = in_little_memory(code, most=500 * MIB)

    assert (seen["members"], seen["size"], seen["odd"]) == (1, (1 << 31) + 2048, "")


def test_sparse_files_are_not_made_out_of_nothing() -> None:
    began = time.process_time()
    seen = read(
        tar(
            *(
                pax(("GNU.sparse.name", f"{at}"), ("GNU.sparse.realsize", "8" + "0" * 12))
                + member("x", b"1\n0\n1\n")
                for at in range(1000)
            )
        )
    )

    assert time.process_time() - began < 5
    assert {(found.size, found.digest) for found in seen.index.members} == {(8 * 10**12, b"")}
    assert seen.index.problems == (
        "`0` is stored as a sparse file, whose content was not looked at, and 999 more like it",
    )


TRICKS = (
    member("../../../../tmp/escaped", b"x"),
    member("/tmp/escaped", b"x"),
    member("a", kind=b"2", link="/tmp"),
    member("a/escaped", b"x"),
    member("b", kind=b"2", link="../../.."),
    member("b/tmp/escaped", b"x"),
    member("c", kind=b"1", link="../../../etc/passwd"),
    member("d", kind=b"1", link="/etc/shadow"),
    member("e", kind=b"2", link="f"),
    member("f", kind=b"2", link="e"),
    member("e/x", b"x"),
    member("g", kind=b"1", link="h"),
    member("h", kind=b"1", link="g"),
    member("i", kind=b"2", link="i"),
    member("j", kind=b"1", link="j"),
    member("k", b"x"),
    member("k/l", b"x"),
    member("dev/mem", kind=b"3"),
    member("dev/sda", kind=b"4"),
    member("run/fifo", kind=b"6"),
    member("dev/mem", b"x"),
    member("..", kind=b"5"),
    member("../.wh.tmp"),
    member("/../.wh..wh..opq"),
    member("con\ntrol\x1b]0;title\x07", b"x"),
    member("right\u202eto left", b"x"),
)


def test_tricks_with_names_and_links_write_nothing_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = read(tar(*TRICKS))
    merged = merge([done.index, done.index])

    assert list(tmp_path.iterdir()) == []
    assert not Path("/tmp/escaped").exists()
    assert all(
        path and not path.startswith("/") and ".." not in path.split("/") for path in merged.files
    )
    assert all(problem.isprintable() for problem in (*done.index.problems, *merged.problems))


def test_a_chain_of_links_is_no_recursion() -> None:
    links = [member(f"l{at}", kind=b"2", link=f"l{at + 1}") for at in range(20_000)]
    hard = [member(f"h{at}", kind=b"1", link=f"h{at + 1}") for at in range(20_000)]
    deep = member("d/" * 40 + "x", b"x")
    began = time.process_time()
    done = read(tar(*links, *hard, member("l0/x", b"x"), deep))
    merged = merge([done.index])

    assert time.process_time() - began < 20
    assert len(done.index.members) == 40_002
    assert merged.files


def test_two_hundred_layers_are_two_hundred_layers() -> None:
    made = image_of(*(gzip.compress(tar(member(f"{at}", b"x"))) for at in range(200)))
    seen = look(made, cache=None)

    assert [layer.index.members[0].path for layer in seen.layers if layer.index] == [
        str(at) for at in range(200)
    ]


def test_every_bad_layer_of_an_image_is_told_beside_the_good_ones(tmp_path: Path) -> None:
    bad = (
        cut(ORDINARY), b"", b"no layer" * 100, gzip.compress(b"x" * 9000),
        zstd.compress(ORDINARY)[:-5], gzip.compress(tar(*TRICKS)), gzip.compress(ORDINARY)[:300],
    )  # fmt: skip
    cache = Cache(tmp_path / "cache")
    made = image_of(*bad, gzip.compress(ORDINARY), diff_id=digest_of(ORDINARY))
    seen = look(made, cache=cache)

    assert all(layer.problem for layer in seen.layers[:-1])
    assert seen.layers[-1].problem == ""
    assert seen.layers[-1].index == read(ORDINARY).index
    assert len(list((cache.root / "records" / "layers").iterdir())) == 1


def test_documents_that_are_none_are_an_error_that_says_so() -> None:
    made = image_of(gzip.compress(ORDINARY))
    for content in (b"", b"[]", b"{}", b"[" * 100_000, b"\xff", b'{"rootfs": 1}'):
        with pytest.raises(BoxwrightError):
            look(replace(made, config=BytesBlob(made.config.descriptor, content)), cache=None)
