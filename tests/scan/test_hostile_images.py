"""Whole images that are made to do harm: whatever is asked of them has an answer that adds up."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import random
import sqlite3
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.scan import images
from tests.scan.hostile_layers import END, member, pax, tar

from boxwright.errors import BoxwrightError
from boxwright.practices.check import check_image
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.selection import Selection
from boxwright.report.inspect_document import document
from boxwright.report.inspect_html import page
from boxwright.report.inspect_text import inspect_text
from boxwright.scan.contents import Contents
from boxwright.scan.diff import diff, find_differences
from boxwright.scan.inspected import Inspected
from boxwright.scan.look import look
from boxwright.scan.sbom.bill import bill_of
from boxwright.scan.sbom.cyclonedx import cyclonedx
from boxwright.scan.sbom.spdx import spdx
from boxwright.store.cache import Cache

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TODAY = date(2026, 12, 1)
MIB = 1 << 20

NAMES = (
    "a\nb", "\x1b[31mred\x1b[0m", "\u202egnp.exe", "`x`", "<script>alert(1)</script>", "[bold]x[/]",
    "..", "../../etc/passwd", "/abs", "", "é" * 40, "%s{}", "x!y!z", ".wh.", ".wh..wh..opq", "\x7f",
)  # fmt: skip

SITE = "usr/lib/python3/site-packages"


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def database() -> bytes:
    """Return rpm's database with one package, which is only a number and a blob."""
    tables = sqlite3.connect(":memory:")
    tables.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    tables.execute("INSERT INTO Packages VALUES (1, ?)", (struct.pack(">II", 0, 0),))
    return tables.serialize()


FILES: dict[str, bytes] = {
    "var/lib/dpkg/status": b"Package: a\nStatus: install ok installed\nVersion: 1\nDepends: b | c\n\n"
    * 5,
    "var/lib/dpkg/info/a.list": b"/.\n/usr\n/usr/bin/a\n",
    "lib/apk/db/installed": b"P:musl\nV:1.2.4-r2\nD:so:x !y\nF:lib\nR:ld.so\nZ:Q1+rs0VKzcaa6O6Mhw=\n\n",
    "opt/conda/conda-meta/a.json": b'{"name":"a","version":"1","files":["x"],"depends":["b >=1"]}',
    "var/lib/rpm/rpmdb.sqlite": database(),
    "srv/node_modules/a/package.json": b'{"name":"a","version":"1.0.0","license":"MIT"}',
    f"{SITE}/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\nRequires-Dist: b (>=1) ; extra == 'x'\n",
    f"{SITE}/a-1.dist-info/RECORD": b"a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n",
    f"{SITE}/e.egg": zipped("EGG-INFO/PKG-INFO", b"Name: e\nVersion: 1\n"),
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "etc/passwd": b"root::0:0::/root:/bin/sh\n",
    "app/.env": b"AWS_SECRET_ACCESS_KEY=" + b"wJalrXUtnFEMI7K7MDENGbPxRfiCYzzzz9Kb1\n",
    "app/backup.zip": zipped("x/.env", b"password=correct-horse-battery\n"),
    "app/model.pkl": pickle.dumps({"a": [1, 2.5, "x"]}),
    "app/evil.pkl": b"cos\nsystem\n(S'id'\ntR.",
    "app/a.safetensors": struct.pack("<Q", 2) + b"{}",
    "app/a.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 0),
    "usr/bin/a": b"\x7fELF\2\1\1" + bytes(57),
}


def write(path: Path, layers: list[bytes], config: dict[str, Any], manifest: object = None) -> None:
    """Write the image of *layers*, packed or not, as `docker save` does."""
    named = {f"{at}/layer.tar": layer for at, layer in enumerate(layers)}
    said = manifest or [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": list(named)}]
    path.write_bytes(
        tar(
            *(member(name, content) for name, content in named.items()),
            member("c.json", json.dumps(config).encode()),
            member("manifest.json", json.dumps(said).encode()),
        )
    )


def configured(*tars: bytes, **more: object) -> dict[str, Any]:
    """Return the configuration of an image of the layers *tars*."""
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {},
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in tars],
        },
        "history": [{"created_by": f"RUN {at}"} for at in range(len(tars))],
        **more,
    }


def asked(inspected: Inspected) -> dict[str, Any]:
    """Ask everything of an image, hold the answers against each other, and return the document."""
    contents = Contents(inspected)
    checked = check_image(ImageSubject(contents, today=TODAY), Selection(select=["all"]))
    assert [failure.error for failure in checked.failures] == []
    told = document(contents, findings=checked.findings)
    sizes = told["image"]["sizes"]
    certain = sum(waste["size"] for waste in told["waste"] if waste["certain"])
    likely = sum(waste["size"] for waste in told["waste"] if not waste["certain"])

    assert sizes["unpacked"] == sizes["final"] + certain
    assert sizes["unpacked"] == sum(cause["size"] for cause in told["causes"])
    assert sizes["unpacked"] == sum(layer["content"] or 0 for layer in told["layers"])
    assert sizes["unpacked"] == told["tree"]["layers"]["size"]
    assert sizes["final"] == told["tree"]["folders"]["size"] == told["tree"]["packages"]["size"]
    assert likely <= sizes["final"]
    text = inspect_text(told)
    assert not {"\x1b", "\u202e", "\r"} & set(text)
    assert "<script>alert" not in page(told)
    bill = bill_of(contents)
    json.dumps([cyclonedx(bill), spdx(bill)]).encode()
    assert diff(contents, contents).is_empty
    assert find_differences(inspected, inspected) == ()
    return told


def damaged(numbers: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(numbers.choice((1, 1, 2, 5, 20))):
        at = numbers.randrange(len(changed) + 1)
        match numbers.randrange(6):
            case 0 | 1 if at < len(changed):
                changed[at] = numbers.choice((0, 10, 34, 44, 127, 128, 255))
            case 2:
                del changed[at : at + numbers.choice((1, 16, 512))]
            case 3:
                changed[at:at] = numbers.choice(NAMES).encode()
            case 4:
                changed[at:at] = numbers.choice(
                    (b"[" * 500, b'{"a":' * 500, b"(" * 500, b"\xff" * 8)
                )
            case _:
                changed[at:at] = changed[at // 2 : at // 2 + 64]
    return bytes(changed)


def made_layer(numbers: random.Random) -> bytes:
    made = []
    for path in numbers.sample(list(FILES), numbers.randrange(len(FILES))):
        content = FILES[path]
        if numbers.random() < 0.4:
            content = damaged(numbers, content)
        other = numbers.choice(list(FILES))
        folder, _, name = path.rpartition("/")
        odd = numbers.choice(NAMES)
        made.append(
            numbers.choices(
                (
                    member(path, content),
                    member(odd, content),
                    member(f"{odd}/{path}"[:99], content),
                    pax(("path", odd), ("size", numbers.choice(("-1", "9" * 20, "x"))))
                    + member("n"),
                    member(
                        path, kind=b"2", link=numbers.choice((other, path, ".", "../" * 9, odd))
                    ),
                    member(path, kind=b"1", link=numbers.choice((other, path, odd))),
                    member(f"{folder}/.wh.{name}"),
                    member(f"{folder}/.wh..wh..opq"),
                    member(path, content, size=numbers.choice((0, len(content) + 9, 2**40))),
                ),
                (30, 2, 2, 1, 2, 2, 2, 1, 1),
            )[0]
        )
    return b"".join(made) + END


@pytest.mark.parametrize("seed", range(40))
def test_whatever_an_image_says_is_answered(tmp_path: Path, seed: int) -> None:
    numbers = random.Random(seed)  # noqa: S311 (no secret)
    tars = [made_layer(numbers) for _ in range(numbers.randrange(1, 4))]
    odd = {name: name for name in numbers.sample(NAMES, 3)}
    config = configured(
        *tars,
        config={
            "Env": [f"{name}={name}" for name in odd],
            "Labels": odd,
            "Cmd": list(odd),
            "User": numbers.choice(NAMES),
        },
        history=[{"created_by": numbers.choice(NAMES), "comment": numbers.choice(NAMES)}]
        * len(tars),
    )
    packs: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, zstd.compress)
    write(tmp_path / "a.tar", [numbers.choice(packs)(layer) for layer in tars], config)
    cache = Cache(tmp_path / "cache")

    first = asked(look(str(tmp_path / "a.tar"), cache=cache, environ={}))

    assert asked(look(str(tmp_path / "a.tar"), cache=cache, environ={})) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "cache"]


@pytest.mark.parametrize("seed", range(60))
def test_an_archive_that_is_damaged_is_told_or_answered(tmp_path: Path, seed: int) -> None:
    numbers = random.Random(seed)  # noqa: S311 (no secret)
    layer = made_layer(numbers)
    write(tmp_path / "a.tar", [layer], configured(layer))
    path = tmp_path / "b.tar"
    path.write_bytes(damaged(numbers, (tmp_path / "a.tar").read_bytes()))

    try:
        inspected = look(str(path), cache=None, environ={})
    except BoxwrightError:
        return
    asked(inspected)


def folders_and_links() -> list[bytes]:
    loops = [member(f"l{at}", kind=b"2", link=f"l{(at + 1) % 500}") for at in range(500)]
    tower = [
        member(f"s{at}", kind=b"2", link="/".join([f"s{at - 1}"] * 3) if at else ".")
        for at in range(40)
    ]
    below = [member(f"{link}{at}/x{at}", b"1") for at in range(500) for link in ("l", "s")]
    changing = [
        part
        for at in range(1000)
        for part in (member("now", kind=b"2", link=f"v{at}"), member("now/x", b"1"))
    ]
    return [
        tar(*loops, *tower, *below, *changing),
        tar(*(member(f"l{at}/.wh.x{at}") for at in range(500)), member("s39/.wh..wh..opq")),
    ]


LAYERS: dict[str, Callable[[], list[bytes]]] = {
    "whiteouts of what is there": lambda: [
        tar(*(member(f"d{at % 9}/{at}", b"x") for at in range(20_000))),
        tar(*(member(f"d{at % 9}/.wh.{at}") for at in range(20_000))),
    ],
    "whiteouts of what is not": lambda: [tar(*(member(f"d{at}/.wh.x") for at in range(20_000)))],
    "links": folders_and_links,
    "hard links in rows and circles": lambda: [
        tar(
            member("h0", b"x" * 99),
            *(member(f"h{at}", kind=b"1", link=f"h{at - 1}") for at in range(1, 5000)),
            *(member(f"c{at}", kind=b"1", link=f"c{(at + 1) % 99}") for at in range(99)),
        ),
        tar(*(member(f".wh.h{at}") for at in range(0, 5000, 2))),
    ],
    "one path again and again": lambda: [tar(*(member("a", b"x" * 9) for _ in range(20_000)))],
    "200 layers": lambda: [tar(member("a", b"%d" % at)) for at in range(200)],
}


@pytest.mark.parametrize("which", LAYERS)
def test_many_of_anything_are_answered(tmp_path: Path, which: str) -> None:
    tars = LAYERS[which]()
    write(tmp_path / "a.tar", tars, configured(*tars))

    asked(look(str(tmp_path / "a.tar"), cache=None, environ={}))


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "a long history": {
        "history": [
            {"created_by": f"RUN |1 A={at} /bin/sh -c curl https://u:p{at}@h", "empty_layer": True}
            for at in range(3000)
        ]
    },
    "a long instruction": {"history": [{"created_by": "RUN " + "A=b " * 50_000}]},
    "quotes without end": {
        "history": [
            {"created_by": 'CMD ["' + '\\"' * 50_000},
            {"created_by": 'HEALTHCHECK &{["CMD-SHELL"' + ' "\\\\"' * 20_000, "empty_layer": True},
        ]
    },
    "much environment": {"config": {"Env": [f"V{at}={'x' * 90}" for at in range(3000)]}},
    "long variables": {
        "config": {
            "Env": [
                "PATH=" + ":".join(f"/p{at}" for at in range(20_000)),
                "LD_LIBRARY_PATH=" + "/a:" * 20_000,
                "NVIDIA_REQUIRE_CUDA=" + "cuda>=12 " * 20_000,
            ]
        }
    },
    "large labels": {"config": {"Labels": {f"l{at}": "v" * 1000 for at in range(1000)}}},
}


@pytest.mark.parametrize("which", CONFIGURATIONS)
def test_a_large_configuration_is_answered(tmp_path: Path, which: str) -> None:
    layer = tar(member("a", b"x"))
    write(tmp_path / "a.tar", [layer], configured(layer, **CONFIGURATIONS[which]))

    asked(look(str(tmp_path / "a.tar"), cache=None, environ={}))


def strings(count: int) -> bytes:
    """Return rpm's database, of packages that need *count* things each."""
    tables = sqlite3.connect(":memory:")
    tables.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    header = b"".join(struct.pack(">IIII", tag, 8, 0, count) for tag in (1000, 1001, 1049, 1117))
    blob = struct.pack(">II", 4, 2 * count) + header + b"a\0" * count
    tables.executemany("INSERT INTO Packages VALUES (?, ?)", [(at, blob) for at in range(30)])
    return tables.serialize()


DOCUMENTS: dict[str, dict[str, bytes]] = {
    "a list of files without end": {
        f"{SITE}/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n",
        f"{SITE}/a-1.dist-info/RECORD": b"a,,\n" * 1_000_000,
    },
    "many lists of files": {
        f"{SITE}/a{at}-1.dist-info/{name}": content
        for at in range(10)
        for name, content in (
            ("METADATA", b"Name: a%d\nVersion: 1\n" % at),
            ("RECORD", b"".join(b"x%d,sha256=%s,1\n" % (row, b"A" * 43) for row in range(20_000))),
        )
    },
    "needs without end": {
        "var/lib/dpkg/status": b"Package: p\nStatus: install ok installed\nVersion: 1\nDepends: "
        + b"a|b," * 2_000_000
    },
    "needs of apk's without end": {"lib/apk/db/installed": b"P:a\nV:1\nD:" + b"a " * 3_000_000},
    "values of conda's without end": {
        "o/conda-meta/a.json": b'{"name":"a","version":"1","depends":['
        + b"[]," * 2_000_000
        + b"1]}"
    },
    "conda's in depth": {
        "o/conda-meta/a.json": b'{"name":"a","version":"1","x":' + b"[" * 3_000_000
    },
    "values of rpm's without end": {"var/lib/rpm/rpmdb.sqlite": strings(100_000)},
    "a version without end": {
        f"{SITE}/a-1.dist-info/METADATA": b"Name: a\nVersion: " + b"1." * 3_000_000
    },
}


@pytest.mark.parametrize("which", DOCUMENTS)
def test_large_documents_of_packages_take_little_memory(which: str) -> None:
    documents = DOCUMENTS[which]
    held = sum(map(len, documents.values()))
    layer = images.layer(*(images.document(path, text) for path, text in documents.items()))
    inspected = images.image(layer)

    tracemalloc.start()
    contents = Contents(inspected)
    _ = contents.inventory, contents.owners, contents.modified
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 150 * MIB + 3 * held
    asked(inspected)
