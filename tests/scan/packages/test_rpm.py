"""Packages of Red Hat's and its relatives."""

import sqlite3
import struct
from collections.abc import Mapping

import pytest
from tests.scan.packages.trees import RPM, inventory

from boxwright.scan.packages.package import Inventory, OwnedFile, Package

DATABASE = "usr/lib/sysimage/rpm/rpmdb.sqlite"


def header(values: Mapping[int, tuple[int, int, bytes]]) -> bytes:
    """Return a header of *values*: type, count and bytes, by tag."""
    entries, data = b"", b""
    for tag, (kind, count, content) in values.items():
        entries += struct.pack(">IIII", tag, kind, len(data), count)
        data += content
    return struct.pack(">II", len(values), len(data)) + entries + data


def named(name: str, version: str = "1") -> dict[int, tuple[int, int, bytes]]:
    return {
        1000: (6, 1, name.encode() + b"\0"),
        1001: (6, 1, version.encode() + b"\0"),
        1002: (6, 1, b"2\0"),
    }


def read(*blobs: object, schema: str = "", data: bytes | None = None) -> Inventory:
    with sqlite3.connect(":memory:") as database:
        database.execute(
            schema or "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB)"
        )
        for blob in blobs:
            database.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
        database.commit()
        content = database.serialize()
    database.close()
    return inventory({DATABASE: content if data is None else data})


def test_a_database_that_rpm_wrote_is_read() -> None:
    found = inventory(RPM)

    assert found.unread == ()
    assert [package for package in found.packages if package.type == "rpm"] == [
        Package(
            type="rpm",
            name="hello-libs",
            version="1:2.12.1-4.el9",
            path=DATABASE,
            architecture="x86_64",
            licences=("GPLv3+ and LGPLv2+",),
            supplier="Example Linux",
            homepage="https://www.gnu.org/software/hello/",
            files=(
                OwnedFile(
                    "usr/lib/python3.9/site-packages/hello-2.12.1.dist-info/METADATA",
                    "sha256:080c5cf9a82ec88c414ca7590b5e43580d5c731a94c3a17c32b2b8dc19eff0fa",
                ),
                OwnedFile(
                    "usr/lib64/hello/libhello.so.1",
                    "sha256:a325dcacb80b202a014b420b93fc19061900018f8ce216d0a0cb00d610ec7f97",
                ),
                OwnedFile(
                    "usr/share/doc/hello/README",
                    "sha256:30a4ab973ef8fd561d930d55502df855108ca0b081454b0e761d5141f3778780",
                ),
            ),
        ),
        Package(
            type="rpm",
            name="hello-tool",
            version="2.12.1-4.el9",
            path=DATABASE,
            architecture="noarch",
            licences=("GPL-3.0-or-later",),
            requires=("hello-libs",),
            files=(
                OwnedFile(
                    "usr/bin/hello-tool",
                    "sha256:a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf",
                ),
            ),
        ),
    ]


def test_a_distribution_of_python_that_rpm_brought_says_so() -> None:
    found = inventory(RPM)

    assert [(p.name, p.installer) for p in found.packages if p.type == "pypi"] == [("hello", "rpm")]


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        (
            "Packages",
            "is a Berkeley DB, which only rpm before 4.16 uses; its packages are not known",
        ),
        (
            "Packages.db",
            "is a database of rpm's `ndb` kind, which is not read; its packages are not known",
        ),
        (
            "rpmdb.sqlite-wal",
            "holds changes that are not read: some packages may be missing",
        ),
    ],
)
def test_what_is_not_read_is_said(name, clause) -> None:
    found = inventory({f"var/lib/rpm/{name}": "\0\0"})

    assert (found.packages, found.unread) == ((), (f"`var/lib/rpm/{name}` {clause}",))


def test_the_name_of_a_source_package_is_its_files() -> None:
    found = read(header(named("a") | {1044: (6, 1, b"b-c-1.0-2.el9.src.rpm\0")}))

    assert [(p.name, p.version, p.source, p.source_version) for p in found.packages] == [
        ("a", "1-2", "b-c", "1.0-2.el9")
    ]


def test_azure_linux_has_a_table() -> None:
    row = "bash\t5.1.8-4.cm2\t1\t2\tMicrosoft Corporation\t(none)\t100\tx86_64\t0\tbash-5.1.8-4.cm2.src.rpm"

    found = inventory({"var/lib/rpmmanifest/container-manifest-2": f"{row}\nbroken\n"})

    assert [(p.name, p.version, p.architecture) for p in found.packages] == [
        ("bash", "5.1.8-4.cm2", "x86_64")
    ]
    assert found.unread == ("`var/lib/rpmmanifest/container-manifest-2`: line 2 is of no package",)


@pytest.mark.parametrize(
    ("blob", "clause"),
    [
        (b"", "entry 1 is too short for a header"),
        (struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF), "entry 1 is shorter than its header says"),
        (struct.pack(">II", 1, 9), "entry 1 is shorter than its header says"),
        (
            header({1000: (6, 1, b"a\0")})[:12] + struct.pack(">III", 6, 99, 1) + b"a\0",
            "entry 1 has a value of tag 1000 outside of it",
        ),
        (
            header({1117: (8, 0xFFFFFFF0, b"a\0")}),
            "entry 1 has a value of tag 1117 outside of it",
        ),
        ("a text", "entry 1 is no header"),
    ],
)
def test_a_broken_header_is_told_of_and_the_others_read(blob, clause) -> None:
    found = read(blob, header(named("good")))

    assert [(p.name, p.version) for p in found.packages] == [("good", "1-2")]
    assert found.unread == (f"`{DATABASE}`: {clause}",)


def test_what_is_no_database_is_said() -> None:
    found = read(data=b"SQLite format 3\0" + b"\0" * 4096)

    assert (found.packages, found.unread) == (
        (),
        (f"`{DATABASE}` is no database that can be read: file is not a database",),
    )


def test_a_view_in_place_of_the_table_is_not_followed() -> None:
    found = read(
        schema="CREATE VIEW Packages AS WITH RECURSIVE n(hnum) AS"
        " (SELECT 1 UNION ALL SELECT hnum + 1 FROM n) SELECT hnum, x'00' AS blob FROM n"
    )

    assert (found.packages, found.unread) == ((), (f"`{DATABASE}` has no table `Packages`",))
