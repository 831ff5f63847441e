"""Wheels' file names."""

from __future__ import annotations

import pytest

from boxwright.errors import PackageError
from boxwright.wheel.filename import (
    WheelName,
    canonical_name,
    is_same_version,
    parse_wheel_filename,
)


def test_a_file_name_is_taken_apart() -> None:
    found = parse_wheel_filename("Torch-2.13.0+cpu-1b-cp311-cp311-manylinux_2_28_x86_64.whl")

    assert found == WheelName(
        name="Torch", version="2.13.0+cpu", build="1b", tags=("cp311-cp311-manylinux_2_28_x86_64",)
    )


def test_compressed_tags_are_expanded() -> None:
    found = parse_wheel_filename("a-1-cp310.cp311-abi3-linux_x86_64.manylinux2014_x86_64.whl")

    assert found.tags == (
        "cp310-abi3-linux_x86_64",
        "cp310-abi3-manylinux2014_x86_64",
        "cp311-abi3-linux_x86_64",
        "cp311-abi3-manylinux2014_x86_64",
    )


@pytest.mark.parametrize(
    "name",
    [
        "a.whl", "a-1.tar.gz", "a-1-py3-none-any.zip", "a-1-py3-none.whl", "../a-1-py3-none-any.whl",
        "a/b-1-py3-none-any.whl", "a-1-x-py3-none-any.whl", "-1-py3-none-any.whl", "",
    ],
)  # fmt: skip
def test_other_file_names_are_refused(name: str) -> None:
    with pytest.raises(PackageError) as caught:
        parse_wheel_filename(name)

    assert caught.value.message == f"`{name}` is not the file name of a wheel"
    assert caught.value.hint


def test_names_are_compared_without_case_and_separators() -> None:
    assert canonical_name("Foo__bar.-Baz") == "foo-bar-baz"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("1.0", "1.0.0", True),
        ("1.0rc1", "1.0.RC-1", True),
        ("1.0", "1.0+cpu", False),
        ("nonsense", "nonsense", True),
        ("nonsense", "1.0", False),
    ],
)
def test_versions_are_compared_as_versions(one: str, other: str, is_same: bool) -> None:
    assert is_same_version(one, other) is is_same
