"""All databases of an image together."""

import random

import pytest
from tests.scan.packages.trees import (
    ALL,
    DPKG_STATUS,
    HardLink,
    Link,
    documents_of,
    files_of,
    inventory,
    wheel,
)

from boxwright.scan.packages.read import read_packages

SITE = "opt/venv/lib/python3.11/site-packages"


def test_packages_are_in_order() -> None:
    everything = {path: content for tree in ALL.values() for path, content in tree.items()}

    packages = inventory(everything).packages

    assert list(packages) == sorted(packages, key=lambda p: (p.type, p.name, p.path, p.version))
    assert {p.type for p in packages} == {"apk", "conda", "deb", "generic", "npm", "pypi", "rpm"}


def test_documents_alone_are_enough() -> None:
    tree = wheel("a", "1")

    found = read_packages(documents_of(tree), {})

    assert [(p.name, len(p.files)) for p in found.packages] == [("a", 3)]


def test_a_document_that_was_not_kept_is_told_of() -> None:
    tree = wheel("a", "1") | {"var/lib/dpkg/status": DPKG_STATUS}
    documents = documents_of(tree)
    del documents["var/lib/dpkg/status"]

    found = read_packages(documents, files_of(tree))

    assert [p.name for p in found.packages] == ["a"]
    assert found.unread == (
        f"`var/lib/dpkg/status` was not kept: it has {len(DPKG_STATUS):,} bytes",
    )


@pytest.mark.parametrize("name", ALL)
def test_no_content_makes_it_fail(name) -> None:
    source = random.Random(name)  # noqa: S311 (no secret)
    documents, files = documents_of(ALL[name]), files_of(ALL[name])
    pieces = [b"\n", b"\n\n", b'"', b",", b"{", b"[", b"\0", b"\xff", b":", b"..", b"/", b"("]
    for _ in range(300):
        damaged = dict(documents)
        for path in source.sample(sorted(damaged), min(4, len(damaged))):
            content = bytearray(damaged[path])
            for _ in range(source.choice([1, 5, 30])):
                at = source.randrange(len(content) + 1)
                match source.randrange(4):
                    case 0:
                        del content[at : at + source.randrange(20)]
                    case 1:
                        content[at:at] = source.choice(pieces)
                    case 2:
                        content[at:at] = content[at : at + 30]
                    case _:
                        content[at : at + 1] = source.randbytes(1)
            damaged[path] = bytes(content)

        read_packages(damaged, files)


def test_links_in_circles_are_not_followed_for_ever() -> None:
    tree = wheel("a", "1") | {
        "etc/os-release": Link("/etc/os-release"),
        "opt/venv/bin": Link("../venv/bin"),
        f"{SITE}/a-1.dist-info/RECORD": "../../../bin/x,,\n",
    }

    assert len(inventory(tree).packages) == 1


def test_a_document_with_thousands_of_names_is_read_a_few_times_only() -> None:
    record = "".join(f"{SITE}/{at}.py,,\n" for at in range(20_000))
    tree: dict[str, bytes | str] = {"srv/a.dist-info/RECORD": record}
    for at in range(3_000):
        tree[f"{SITE}/a{at}-1.dist-info/METADATA"] = f"Name: a{at}\nVersion: 1\n"
        tree[f"{SITE}/a{at}-1.dist-info/RECORD"] = HardLink("srv/a.dist-info/RECORD")

    found = inventory(tree)

    assert len(found.packages) == 3_000
    assert sum(len(package.files) for package in found.packages) < 1_000_000
    assert found.unread == (
        "documents that lead to the same files again and again are not read to the end",
    )


def test_a_million_entries_are_read_up_to_a_bound() -> None:
    status = "".join(f"Package: a{at}\nVersion: 1\n\n" for at in range(150_000))

    found = inventory({"var/lib/dpkg/status": status})

    assert len(found.packages) == 25_000
    assert found.unread == ("`var/lib/dpkg/status` is not read after 25,000 entries",)


def test_what_is_told_twice_is_there_once() -> None:
    status = "Package: a\nVersion: 1\nHomepage: x\n\nPackage: a\nVersion: 1\n\n"

    found = inventory({"var/lib/dpkg/status": status})

    assert [(package.name, package.homepage) for package in found.packages] == [("a", "x")]


def test_packages_of_many_documents_are_read_up_to_a_bound() -> None:
    found = inventory(
        {
            f"site/a{at:05}-1.dist-info/METADATA": f"Name: a{at}\nVersion: 1\n"
            for at in range(25_003)
        }
    )

    assert len(found.packages) == 25_000
    assert found.unread == (
        "more than 25,000 packages, of which `site/a25000-1.dist-info/METADATA` tells of the next",
    )


def test_a_list_of_files_is_kept_up_to_a_bound() -> None:
    found = inventory(
        {
            "site/a-1.dist-info/METADATA": "Name: a\nVersion: 1\n",
            "site/a-1.dist-info/RECORD": "a,,\n" * 2_000_000,
        }
    )

    assert len(found.packages[0].files) < 500_000
    assert found.unread == (
        "documents that lead to the same files again and again are not read to the end",
    )


def test_many_broken_entries_are_counted() -> None:
    found = inventory({"var/lib/dpkg/status": "Version: 1\n\n" * 1000})

    assert len(found.unread) == 201
    assert found.unread[-1] == "800 more entries could not be read"
