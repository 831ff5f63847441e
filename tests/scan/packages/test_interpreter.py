"""Pythons that are no package of a distribution's."""

import pytest
from tests.scan.packages.trees import (
    CONDA,
    DISTROLESS,
    PYTHONS,
    UBUNTU,
    Link,
    Tree,
    inventory,
)


def pythons(tree: Tree) -> list[tuple[str, str]]:
    return [(p.version, p.path) for p in inventory(tree).packages if p.type == "generic"]


def test_pythons_that_nobody_brought_are_found() -> None:
    assert pythons(PYTHONS) == [
        # Its release is that of the environment which was made with it.
        ("3.13.1", "opt/python/bin/python3.13"),
        ("3.11.9", "usr/local/bin/python3.11"),
    ]


def test_they_own_their_standard_library() -> None:
    (found,) = (p for p in inventory(PYTHONS).packages if p.path == "usr/local/bin/python3.11")

    assert [file.path for file in found.files] == [
        "usr/local/bin/python3.11",
        "usr/local/lib/libpython3.11.so.1.0",
        "usr/local/lib/python3.11/os.py",
        "usr/local/include/python3.11/patchlevel.h",
    ]


@pytest.mark.parametrize("tree", [CONDA, DISTROLESS, UBUNTU])
def test_those_of_packages_are_not_listed_again(tree) -> None:
    assert pythons(tree) == []


def test_debians_is_known_by_name_where_no_files_are_listed() -> None:
    tree = {
        "var/lib/dpkg/status.d/python3.11-minimal": "Package: python3.11-minimal\nVersion: 3.11.2-6\n",
        "usr/bin/python3.11": "ELF",
    }

    assert pythons(tree) == []


def test_one_whose_release_nothing_tells_has_none() -> None:
    found = inventory({"usr/local/bin/python3.12": "ELF"})

    assert [(p.name, p.version) for p in found.packages] == [("python", "")]
    assert found.unread == (
        "`usr/local/bin/python3.12` is a Python 3.12 of which no document tells the release",
    )


def test_links_and_other_programs_are_none() -> None:
    tree = {
        "usr/bin/python3.11": Link("/usr/local/bin/python3.11"),
        "usr/bin/python3.11-config": "#!/bin/sh",
        "usr/bin/python3": "ELF",
        "srv/python3.11": "ELF",
    }

    assert pythons(tree) == []
