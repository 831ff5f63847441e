"""Where the files of a wheel land, and what is written beside them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from boxwright.errors import PackageError
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.spread import Environment, Spread, spread

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWheel

ENVIRONMENT = Environment(prefix="/opt/venv", python="3.13")
SITE = "opt/venv/lib/python3.13/site-packages"
INFO = "demo-1.0.dist-info"
DATA = "demo-1.0.data"


def of(path: Path, direct_url: str = "") -> Spread:
    with open_wheel(path) as wheel:
        return spread(wheel, ENVIRONMENT, direct_url=direct_url)


def files(path: Path, direct_url: str = "") -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file that *path* becomes."""
    with open_wheel(path) as wheel:
        return {
            target.path: (
                target.mode,
                target.content if target.member is None else b"".join(wheel.pieces(target.member)),
            )
            for target in spread(wheel, ENVIRONMENT, direct_url=direct_url).targets
        }


def refusal(path: Path) -> str:
    with pytest.raises(PackageError) as caught:
        of(path)

    assert caught.value.hint
    return caught.value.message.removeprefix(f"wheel `{path.name}` ")


def test_every_kind_of_file_lands_in_its_place(make_wheel: MakeWheel) -> None:
    wheel = make_wheel(
        {
            "demo/__init__.py": b"1",
            f"{DATA}/purelib/pure.py": b"2",
            f"{DATA}/platlib/plat.so": b"3",
            f"{DATA}/scripts/tool": b"#!/bin/sh\n",
            f"{DATA}/headers/demo.h": b"5",
            f"{DATA}/data/share/demo/it.txt": b"6",
        },
        name="demo",
    )

    found = files(wheel)

    assert [path for path in found if f"/{INFO}/" not in path] == [
        "opt/venv/bin/tool",
        "opt/venv/include/site/python3.13/demo/demo.h",
        f"{SITE}/demo/__init__.py",
        f"{SITE}/plat.so",
        f"{SITE}/pure.py",
        "opt/venv/share/demo/it.txt",
    ]
    assert list(found) == sorted(found)


def test_modes_tell_only_whether_a_file_can_be_run(make_wheel: MakeWheel) -> None:
    names = {"lib.so": b"1", "plain.py": b"2", f"{DATA}/scripts/tool": b"3"}

    found = files(make_wheel(names, executable=("lib.so",)))

    assert found[f"{SITE}/lib.so"][0] == 0o755
    assert found[f"{SITE}/plain.py"][0] == 0o644
    assert found["opt/venv/bin/tool"][0] == 0o755


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"#!python\nimport a\n", b"#!/opt/venv/bin/python\nimport a\n"),
        (b"#!pythonw\nimport a\n", b"#!/opt/venv/bin/python\nimport a\n"),
        (b"#!python -u\r\nimport a\n", b"#!/opt/venv/bin/python -u\r\nimport a\n"),
        (b"#!python", b"#!/opt/venv/bin/python"),
        (b"#!/usr/bin/env python\n", b"#!/usr/bin/env python\n"),
        (b"#!pyth", b"#!pyth"),
        (b"", b""),
    ],
)
def test_scripts_name_the_interpreter_of_the_environment(
    make_wheel: MakeWheel, before: bytes, after: bytes
) -> None:
    found = files(make_wheel({f"{DATA}/scripts/tool": before}))

    assert found["opt/venv/bin/tool"] == (0o755, after)


def test_a_script_that_is_not_the_recorded_one_is_refused(make_wheel: MakeWheel) -> None:
    right = make_wheel({f"{DATA}/scripts/tool": b"#!python\n1\n"}).read_bytes()
    record = of_record(right)
    wheel = make_wheel({f"{DATA}/scripts/tool": b"#!python\n2\n", f"{INFO}/RECORD": record})

    assert refusal(wheel) == (f"holds another `{DATA}/scripts/tool` than its RECORD promises")


def test_programs_are_as_uv_writes_them(make_wheel: MakeWheel) -> None:
    text = b"[console_scripts]\nrun = demo.main:App.start\n"

    found = files(make_wheel({f"{INFO}/entry_points.txt": text}))

    assert found["opt/venv/bin/run"] == (
        0o755,
        b"""\
#!/opt/venv/bin/python
# -*- coding: utf-8 -*-
import sys
from demo.main import App
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(App.start())
""",
    )


def test_record_lists_what_is_installed(make_wheel: MakeWheel) -> None:
    wheel = make_wheel(
        {
            "demo.py": b"x = 1\n",
            "__pycache__/demo.cpython-313.pyc": b"who knows",
            f"{INFO}/INSTALLER": b"somebody",
            f"{INFO}/REQUESTED": b"",
            f"{INFO}/RECORD.jws": b"{}",
            f"{INFO}/direct_url.json": b"{}",
            f"{DATA}/data/etc/demo.conf": b"",
        },
        unlisted=(f"{INFO}/RECORD.jws",),
    )

    mode, record = files(wheel)[f"{SITE}/{INFO}/RECORD"]

    assert mode == 0o644
    assert [line.split(",")[0] for line in record.decode().splitlines()] == [
        "../../../etc/demo.conf",
        f"{INFO}/INSTALLER",
        f"{INFO}/METADATA",
        f"{INFO}/RECORD",
        f"{INFO}/WHEEL",
        "demo.py",
    ]
    assert files(wheel)[f"{SITE}/{INFO}/INSTALLER"] == (0o644, b"boxwright\n")


def test_direct_url_is_written_where_it_is_given(make_wheel: MakeWheel) -> None:
    found = files(make_wheel(), '{"url":"x"}')

    assert found[f"{SITE}/{INFO}/direct_url.json"] == (0o644, b'{"url":"x"}')
    assert b"direct_url.json,sha256=" in found[f"{SITE}/{INFO}/RECORD"][1]


def test_files_for_an_unknown_place_are_refused(make_wheel: MakeWheel) -> None:
    for name in (f"{DATA}/stdlib/os.py", f"{DATA}/oops", f"{DATA}/scripts"):
        assert refusal(make_wheel({name: b""})) == (
            f"has `{name}`, which belongs to no known place"
        )


def test_two_files_for_one_place_are_refused(make_wheel: MakeWheel) -> None:
    wheel = make_wheel({"demo.py": b"1", f"{DATA}/purelib/demo.py": b"2"})
    assert refusal(wheel) == f"installs `/{SITE}/demo.py` twice"

    text = b"[console_scripts]\ntool = demo:main\n"
    wheel = make_wheel({f"{INFO}/entry_points.txt": text, f"{DATA}/scripts/tool": b"1"})
    assert refusal(wheel) == "installs `/opt/venv/bin/tool` twice"


def of_record(wheel: bytes) -> bytes:
    """Return the RECORD of *wheel*."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return archive.read(f"{INFO}/RECORD")
