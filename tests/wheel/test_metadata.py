"""What a wheel says of itself, and wheels that contradict themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxwright.errors import PackageError
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.metadata import Metadata, Script, read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWheel

INFO = "demo-1.0.dist-info"


def read(path: Path, filename: str = "") -> Metadata:
    with open_wheel(path, filename) as wheel:
        return read_metadata(wheel)


def refusal(path: Path, filename: str = "") -> str:
    with pytest.raises(PackageError) as caught:
        read(path, filename)

    assert caught.value.hint
    return caught.value.message.removeprefix(f"wheel `{filename or path.name}` ")


def test_a_wheel_tells_its_name_version_and_folders(make_wheel: MakeWheel) -> None:
    assert read(make_wheel()) == Metadata(
        name="demo",
        version="1.0",
        dist_info=INFO,
        data="demo-1.0.data",
        is_purelib=True,
        scripts=(),
    )


def test_programs_are_read_from_both_groups(make_wheel: MakeWheel) -> None:
    text = b"""\
# a comment
[console_scripts]
run = demo.main:main
other=demo:Class.method [extra1, extra2]

[gui_scripts]
Window = demo.gui : show
[demo.plugins]
x = 1: not a program
"""

    found = read(make_wheel({f"{INFO}/entry_points.txt": text}))

    assert found.scripts == (
        Script(name="Window", module="demo.gui", function="show"),
        Script(name="other", module="demo", function="Class.method"),
        Script(name="run", module="demo.main", function="main"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "../evil = demo:main", "a/b = demo:main", ".. = demo:main", "= demo:main", "a = demo",
        "a = demo:main; import os", "a = demo:main\\", "a = de mo:main", "a",
    ],
)  # fmt: skip
def test_programs_that_could_write_or_run_something_else_are_refused(
    make_wheel: MakeWheel, line: str
) -> None:
    text = f"[console_scripts]\n{line}\n".encode()

    assert refusal(make_wheel({f"{INFO}/entry_points.txt": text})) == (
        f"has an entry point that cannot be a program: `{line}`"
    )


def test_two_programs_of_one_name_are_refused(make_wheel: MakeWheel) -> None:
    text = b"[console_scripts]\na = b:c\n[gui_scripts]\na = d:e\n"

    assert refusal(make_wheel({f"{INFO}/entry_points.txt": text})) == "has two programs `a`"


def test_a_later_minor_version_of_the_format_is_read(make_wheel: MakeWheel) -> None:
    text = b"Wheel-Version: 1.9\r\nRoot-Is-Purelib: false\r\n"

    assert not read(make_wheel({f"{INFO}/WHEEL": text})).is_purelib


@pytest.mark.parametrize("version", ["2.0", "0.1", "", "1"])
def test_another_major_version_of_the_format_is_refused(
    make_wheel: MakeWheel, version: str
) -> None:
    wheel = make_wheel({f"{INFO}/WHEEL": f"Wheel-Version: {version}\n".encode()})

    assert refusal(wheel) == f"has `Wheel-Version: {version}`, only 1.x is known"


def test_a_wheel_that_is_another_by_its_file_name_is_refused(make_wheel: MakeWheel) -> None:
    wheel = make_wheel()

    assert refusal(wheel.rename(wheel.with_name("other-1.0-py3-none-any.whl"))) == (
        "is demo 1.0 by its METADATA, but other 1.0 by its file name"
    )
    assert refusal(wheel.with_name("other-1.0-py3-none-any.whl"), "demo-2-py3-none-any.whl") == (
        "is demo 1.0 by its METADATA, but demo 2 by its file name"
    )


def test_a_wheel_that_is_another_by_its_metadata_is_refused(make_wheel: MakeWheel) -> None:
    wheel = make_wheel({f"{INFO}/METADATA": b"Name: other\nVersion: 1.0\n\nName: demo\n"})

    assert refusal(wheel) == f"is other 1.0 by its METADATA, but demo 1.0 by `{INFO}`"


def test_spelling_of_names_and_versions_does_not_matter(make_wheel: MakeWheel) -> None:
    wheel = make_wheel({f"{INFO}/METADATA": b"Name: DEMO\nVersion: 1.0.0\n"})

    assert read(wheel).name == "DEMO"


def test_a_wheel_without_or_with_two_dist_info_folders_is_refused(make_wheel: MakeWheel) -> None:
    without = make_wheel(
        {f"{INFO}/METADATA": None, f"{INFO}/WHEEL": None, f"{INFO}/RECORD": None, "a.py": b""}
    )
    assert refusal(without) == "has no `.dist-info` folder"

    two = make_wheel({"other-1.0.dist-info/METADATA": b""})
    assert refusal(two) == "has more than one `.dist-info` folder"


@pytest.mark.parametrize("missing", ["METADATA", "WHEEL"])
def test_a_wheel_without_its_documents_is_refused(make_wheel: MakeWheel, missing: str) -> None:
    assert refusal(make_wheel({f"{INFO}/{missing}": None})) == f"has no `{INFO}/{missing}`"


def test_a_document_that_is_no_text_is_refused(make_wheel: MakeWheel) -> None:
    assert refusal(make_wheel({f"{INFO}/WHEEL": b"\xff"})) == (
        f"has a `{INFO}/WHEEL` that is not UTF-8"
    )


def test_another_distribution_than_was_asked_for_is_refused(make_wheel: MakeWheel) -> None:
    with open_wheel(make_wheel()) as wheel, pytest.raises(PackageError) as caught:
        read_metadata(wheel).check_is("demo", "1.1", wheel)

    assert caught.value.message == (
        "wheel `demo-1.0-py3-none-any.whl` is demo 1.0, but demo 1.1 was asked for"
    )
