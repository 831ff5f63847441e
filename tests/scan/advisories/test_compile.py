"""Exports of OSV become a database, whatever their form and however hostile they are."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.errors import StoreError
from boxwright.progress import Silent
from boxwright.scan.advisories.compile import Compiled, import_exports
from boxwright.scan.advisories.database import Database
from boxwright.scan.advisories.ecosystem import Target
from boxwright.scan.packages.package import Package
from boxwright.store.cache import Cache

RECORDS = Path(__file__).parent / "osv"


def record(name: str, ecosystem: str = "PyPI", **more: object) -> dict[str, object]:
    entry = {
        "package": {"ecosystem": ecosystem, "name": "pkg"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
    }
    return {"id": name, "modified": "2025-01-01T00:00:00Z", "affected": [entry], **more}


def zip_of(path: Path, *records: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in records:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
    return path


def take(cache: Cache, *paths: Path, only: frozenset[str] = frozenset()) -> Compiled:
    return import_exports(paths, cache=cache, progress=Silent(), only=only)


def ids(cache: Cache, ecosystem: str, name: str, release: str = "") -> list[str]:
    full = f"{ecosystem}:{release}" if release else ecosystem
    package = Package(type="pypi", name=name, version="1", path="")
    with Database(cache) as database:
        rows = database.rows([Target(package, full, name, "1")])
        return sorted(row.head.id for _, row in rows)


def counts(compiled: Compiled) -> list[tuple[str, int, int, int]]:
    return [(kept.ecosystem, kept.records, kept.withdrawn, kept.unread) for kept in compiled.kept]


ALL = [
    ("Alpine", 1, 0, 0),
    ("Bitnami", 1, 0, 0),
    ("Debian", 6, 0, 0),
    ("PyPI", 4, 1, 0),
    ("Ubuntu", 1, 0, 0),
]


def test_a_folder_of_records(cache: Cache) -> None:
    compiled = take(cache, RECORDS)

    assert counts(compiled) == ALL
    assert compiled.problems == ()
    assert ids(cache, "Debian", "openssl", "12") == ["DEBIAN-CVE-2024-6119", "DSA-5764-1"]
    assert ids(cache, "Ubuntu", "openssl", "22.04:LTS") == ["UBUNTU-CVE-2024-6119"]
    assert ids(cache, "Alpine", "openssl", "v3.20") == ["ALPINE-CVE-2024-6119"]


def test_the_layout_of_the_bucket(cache: Cache, export: Callable[..., Path]) -> None:
    compiled = take(cache, export("Alpine", "Bitnami", "Debian", "PyPI", "Ubuntu"))

    assert counts(compiled) == ALL


def test_the_level_of_osv_scanner(
    cache: Cache, export: Callable[..., Path], tmp_path: Path
) -> None:
    above = tmp_path / "local"
    above.mkdir()
    export("PyPI", "Alpine").rename(above / "osv-scanner")

    assert counts(take(cache, above)) == [("Alpine", 1, 0, 0), ("PyPI", 4, 1, 0)]


def test_only_what_is_named(cache: Cache) -> None:
    assert counts(take(cache, RECORDS, only=frozenset({"PyPI"}))) == [("PyPI", 4, 1, 0)]


def test_a_withdrawn_record_names_nothing(cache: Cache) -> None:
    take(cache, RECORDS)

    assert ids(cache, "PyPI", "aiohttp") == []


def test_names_of_python_are_normal(cache: Cache, tmp_path: Path) -> None:
    entry = {"package": {"ecosystem": "PyPI", "name": "Ruamel_YAML"}, "versions": ["1"]}
    take(cache, zip_of(tmp_path / "PyPI" / "all.zip", {"id": "A-1", "affected": [entry]}))

    assert ids(cache, "PyPI", "ruamel.yaml") == ["A-1"]


def test_the_zip_of_one_ecosystem_says_not_all_of_another(cache: Cache, tmp_path: Path) -> None:
    both = record("GHSA-1")
    both["affected"] = [*record("x")["affected"], *record("x", "npm")["affected"]]  # type: ignore[misc]
    take(
        cache,
        zip_of(tmp_path / "npm" / "all.zip", record("GHSA-2", "npm"), record("GHSA-3", "npm")),
    )

    compiled = take(cache, zip_of(tmp_path / "PyPI" / "all.zip", both))

    assert counts(compiled) == [("PyPI", 1, 0, 0)]
    assert ids(cache, "npm", "pkg") == ["GHSA-2", "GHSA-3"]


def test_a_zip_that_was_renamed_is_known_by_what_it_holds(cache: Cache, tmp_path: Path) -> None:
    both = record("GHSA-1")
    both["affected"] = [*record("x")["affected"], *record("x", "npm")["affected"]]  # type: ignore[misc]

    assert counts(take(cache, zip_of(tmp_path / "pypi.zip", both, record("PYSEC-1")))) == [
        ("PyPI", 2, 0, 0)
    ]


def test_a_zip_of_everything(cache: Cache, tmp_path: Path) -> None:
    path = zip_of(
        tmp_path / "all.zip",
        record("PYSEC-1"),
        record("DSA-1", "Debian:12"),
        record("DSA-2", "Debian"),
        record("HSEC-1", "Hackage"),
        record("NEW-1", "Something New:7"),
    )

    compiled = take(cache, path)

    assert counts(compiled) == [("Debian", 2, 0, 0), ("PyPI", 1, 0, 0)]
    assert compiled.others == (("Hackage", 1), ("Something New", 1))
    assert ids(cache, "Debian", "pkg", "12") == ["DSA-1", "DSA-2"]


def test_the_newer_of_two_versions_of_a_record_counts(cache: Cache, tmp_path: Path) -> None:
    old = record("A-1", modified="2024-01-01T00:00:00Z")
    new = record("A-1", modified="2025-06-01T00:00:00Z", withdrawn="2025-06-01T00:00:00Z")
    for name, first, second in [("a", old, new), ("b", new, old)]:
        folder = tmp_path / name / "PyPI"
        zip_of(folder / "one.zip", first)
        zip_of(folder / "two.zip", second)

        assert counts(take(cache, tmp_path / name)) == [("PyPI", 0, 1, 0)]
        assert ids(cache, "PyPI", "pkg") == []


def test_the_same_zip_is_not_compiled_twice(cache: Cache, export: Callable[..., Path]) -> None:
    path = export("PyPI") / "PyPI" / "all.zip"
    take(cache, path)

    assert take(cache, path) == Compiled(kept=(), unchanged=("PyPI",))


def test_who_reads_goes_on_reading_what_was_there(cache: Cache, tmp_path: Path) -> None:
    take(cache, zip_of(tmp_path / "PyPI" / "all.zip", record("A-1")))
    target = Target(Package(type="pypi", name="pkg", version="1", path=""), "PyPI", "pkg", "1")

    with Database(cache) as database:
        assert database.why_not("PyPI", "") == ""
        take(cache, zip_of(tmp_path / "PyPI" / "all.zip", record("A-2")))
        assert [row.head.id for _, row in database.rows([target])] == ["A-1"]
    assert ids(cache, "PyPI", "pkg") == ["A-2"]


def test_a_release_that_is_not_in_the_database_is_not_checked(cache: Cache) -> None:
    take(cache, RECORDS)

    with Database(cache) as database:
        assert database.why_not("Debian", "12") == ""
        assert database.why_not("PyPI", "") == ""
        assert database.why_not("Debian", "7") == (
            "the advisories of `Debian` on this machine know no release `7`"
        )
        assert database.why_not("npm", "") == "the advisories of `npm` are not on this machine"
        assert database.why_not("Echo", "") == "the advisories of `Echo` are not on this machine"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "it is no record of OSV (Input data was truncated)"),
        (b"[]", "it is no record of OSV (Expected `object`, got `array`)"),
        (b'{"id": ""}', "it has no `id`"),
        (b'{"modified": "x"}', "it is no record of OSV (Object missing required field `id`)"),
        (
            b'{"id": "A-1", "affected": 7}',
            "it is no record of OSV (Expected `array | null`, got `int` - at `$.affected`)",
        ),
        (
            b'{"id": "A-1", "x": ' + b"[" * 100_000 + b"}",
            "it is no record of OSV (",
        ),
        (b'{"id": "\xff"}', "it is no record of OSV ("),
    ],
)
def test_a_broken_record_is_told_and_the_others_are_taken(
    cache: Cache, tmp_path: Path, content: bytes, problem: str
) -> None:
    path = zip_of(tmp_path / "PyPI" / "all.zip", record("A-1"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("broken.json", content)
        archive.writestr("README.txt", b"no record")

    compiled = take(cache, path)

    assert counts(compiled) == [("PyPI", 1, 0, 1)]
    assert compiled.unread == 1
    [told] = compiled.problems
    assert told.startswith(f"`broken.json` in `{path}`: {problem}")


def test_null_stands_for_nothing(cache: Cache, tmp_path: Path) -> None:
    empty = dict.fromkeys(("aliases", "severity", "references", "published", "database_specific"))
    entry = {"package": {"ecosystem": "PyPI", "name": "pkg"}, "ranges": None, "versions": ["1"]}
    path = zip_of(tmp_path / "PyPI" / "all.zip", {"id": "A-1", **empty, "affected": [entry]})

    assert counts(take(cache, path)) == [("PyPI", 1, 0, 0)]


def test_a_bomb_stays_small(cache: Cache, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "PyPI" / "all.zip", record("A-1"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * (300 << 20))

    tracemalloc.start()
    compiled = take(cache, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert compiled.problems == (
        f"`bomb.json` in `{path}`: it has 314572800 bytes, more than 16777216",
    )
    assert counts(compiled) == [("PyPI", 1, 0, 1)]
    assert peak < 8 << 20


def lying(path: Path, *, size: int) -> Path:
    """Make a zip whose member inflates to more than its headers say."""
    zip_of(path, record("A-1"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liar.json", b" " * (40 << 20))
    content = bytearray(path.read_bytes())
    real = struct.pack("<L", 40 << 20)
    position = 0
    while (position := content.find(real, position)) >= 0:
        content[position : position + 4] = struct.pack("<L", size)
        position += 4
    path.write_bytes(bytes(content))
    return path


def test_a_size_that_is_a_lie_is_found_out(cache: Cache, tmp_path: Path) -> None:
    path = lying(tmp_path / "PyPI" / "all.zip", size=100)

    tracemalloc.start()
    compiled = take(cache, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert compiled.problems == (
        f"`liar.json` in `{path}`: its bytes are not what the zip says of them",
    )
    assert peak < 40 << 20


def test_names_lead_nowhere(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "in" / "PyPI" / "all.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in (
            "../../../out.json",
            "/etc/out.json",
            "C:\\out.json",
            "a\0b.json",
            "x" * 60_000,
        ):
            archive.writestr(zipfile.ZipInfo(name), json.dumps(record("A-1")))
    before = sorted(each for each in tmp_path.rglob("*") if cache.root not in each.parents)

    take(cache, path)

    assert sorted(each for each in tmp_path.rglob("*") if cache.root not in each.parents) == before


def damaged_zips() -> list[tuple[str, bytes]]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A-1.json", json.dumps(record("A-1")))
    whole = buffer.getvalue()
    directory = whole.rindex(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    return [
        ("empty", b""),
        ("no zip", b"hello" * 100),
        ("cut", whole[: directory + 10]),
        ("directory outside", whole[: end + 12] + b"\xff\xff\xff\x7f" * 2 + whole[end + 20 :]),
        ("directory damaged", whole[:directory] + b"XX" + whole[directory + 2 :]),
    ]


@pytest.mark.parametrize(("name", "content"), damaged_zips(), ids=lambda value: str(value)[:20])
def test_a_damaged_zip_is_an_error_and_changes_nothing(
    cache: Cache, tmp_path: Path, name: str, content: bytes
) -> None:
    path = zip_of(tmp_path / "PyPI" / "all.zip", record("A-0"))
    take(cache, path)
    path.write_bytes(content)

    with pytest.raises(StoreError):
        take(cache, path)

    assert ids(cache, "PyPI", "pkg") == ["A-0"]
    assert list((cache.root / "tmp").iterdir()) == []


def test_every_cut_of_a_zip_is_an_error_or_a_problem(cache: Cache, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "PyPI" / "all.zip", record("A-1"), record("A-2"))
    whole = path.read_bytes()

    for at in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:at])
        with pytest.raises(StoreError):
            take(cache, path)


def test_every_changed_byte_is_survived(cache: Cache, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "PyPI" / "all.zip", record("A-1"), record("A-2"))
    whole = path.read_bytes()

    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            compiled = take(cache, path)
        except StoreError:
            continue
        assert [kept.ecosystem for kept in compiled.kept] == ["PyPI"]


def test_nothing_of_use_is_an_error(cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        take(cache, zip_of(tmp_path / "all.zip", record("HSEC-1", "Hackage")))
    assert caught.value.message == (
        "the export has no record of an ecosystem that packages are looked up in"
    )
    with pytest.raises(StoreError) as caught:
        take(cache, tmp_path / "nowhere")
    assert caught.value.message == f"there are no advisories at `{tmp_path / 'nowhere'}`"
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError) as caught:
        take(cache, tmp_path / "empty")
    assert caught.value.message == (
        "there is no zip and no JSON file of a wanted ecosystem at the named places"
    )


def test_a_damaged_database_is_told(cache: Cache, tmp_path: Path) -> None:
    take(cache, zip_of(tmp_path / "PyPI" / "all.zip", *(record(f"A-{n}") for n in range(500))))
    path = cache.root / "advisories" / "PyPI.sqlite"
    content = bytearray(path.read_bytes())
    content[20_000:] = b"\xaa" * (len(content) - 20_000)
    path.write_bytes(bytes(content))

    with pytest.raises(StoreError) as caught:
        ids(cache, "PyPI", "pkg")

    assert caught.value.message == f"the advisories in `{path}` are damaged"


def test_a_database_of_another_format_is_none(cache: Cache) -> None:
    path = cache.root / "advisories" / "PyPI.sqlite"
    path.parent.mkdir(parents=True)
    for content in (b"", b"no database at all" * 100):
        path.write_bytes(content)

        with Database(cache) as database:
            assert database.kept() == ()
            assert database.why_not("PyPI", "") != ""
