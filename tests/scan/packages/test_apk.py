"""Packages of Alpine."""

from tests.scan.packages.trees import ALPINE, inventory

from boxwright.scan.packages.package import OwnedFile, Package

DATABASE = "lib/apk/db/installed"


def test_packages_are_read_with_all_that_is_known_of_them() -> None:
    found = inventory(ALPINE)

    assert found.unread == ()
    assert [package for package in found.packages if package.type == "apk"] == [
        Package(
            type="apk",
            name="busybox",
            version="1.36.1-r29",
            path=DATABASE,
            architecture="x86_64",
            licences=("GPL-2.0-only",),
            supplier="Sören Tempel <soeren+alpine@soeren-tempel.net>",
            homepage="https://busybox.net/",
            requires=("musl",),
            files=(OwnedFile("bin/busybox", "sha1:fe91584c2a971e9251a7411ad4b55d9093976cbc"),),
        ),
        Package(
            type="apk",
            name="musl",
            version="1.2.5-r0",
            path=DATABASE,
            architecture="x86_64",
            licences=("MIT",),
            supplier="Timo Teräs <timo.teras@iki.fi>",
            homepage="https://musl.libc.org/",
            files=(
                OwnedFile(
                    "lib/ld-musl-x86_64.so.1", "sha1:b09999e6c6dbf2ce6c6d7d88e50c57e1c73a1af9"
                ),
                OwnedFile(
                    "lib/libc.musl-x86_64.so.1", "sha1:ef2277245372a40e26c61249af4a2ee82cec2552"
                ),
            ),
        ),
        Package(
            type="apk",
            name="ssl_client",
            version="1.36.1-r29",
            path=DATABASE,
            architecture="x86_64",
            source="busybox",
            licences=("GPL-2.0-only",),
            supplier="Sören Tempel <soeren+alpine@soeren-tempel.net>",
            homepage="https://busybox.net/",
            requires=("busybox", "musl"),
            files=(
                OwnedFile("usr/bin/ssl_client", "sha1:941c41f2f1894ed2f76e12cb59dd88923aea417a"),
            ),
        ),
    ]


def test_newer_alpines_have_the_database_in_usr() -> None:
    found = inventory({"usr/lib/apk/db/installed": "P:a\nV:1-r0\nF:bin\nR:a\n"})

    assert [(p.name, p.files) for p in found.packages] == [("a", (OwnedFile("bin/a"),))]


def test_broken_entries_are_told_of_and_the_others_read() -> None:
    found = inventory(
        {DATABASE: "P:a\nV:1-r0\nZ:nonsense\nF:x\nR:y\nZ:Q1!!\n\nV:9\n\nP:b\n\nP:last\nV:2"}
    )

    assert [(p.name, p.version, p.files) for p in found.packages] == [
        ("a", "1-r0", (OwnedFile("x/y"),)),
        ("b", "", ()),
        ("last", "2", ()),
    ]
    assert found.unread == (
        f"`{DATABASE}`: entry 2 has no name",
        f"`{DATABASE}`: `b` has no version",
    )
