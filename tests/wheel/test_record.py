"""RECORD: what it must list, and what is written."""

from __future__ import annotations

import base64
import csv
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import PackageError
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.record import Row, Verifier, print_record, read_record, row_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWheel

INFO = "demo-1.0.dist-info"
DIGEST = base64.urlsafe_b64encode(hashlib.sha256(b"x = 1\n").digest()).decode().rstrip("=")


def read(path: Path) -> dict[str, Row]:
    with open_wheel(path) as wheel:
        return read_record(wheel, INFO)


def refusal(path: Path) -> str:
    with pytest.raises(PackageError) as caught:
        read(path)

    assert caught.value.hint == (
        "the wheel was changed after it was built; fetch it again or tell its publisher"
    )
    return caught.value.message.removeprefix(f"wheel `{path.name}` ")


def wheel_with(make_wheel: MakeWheel, record: str) -> Path:
    """Return a wheel with `demo.py` and a RECORD of *record*."""
    return make_wheel(
        {
            "demo.py": b"x = 1\n",
            f"{INFO}/METADATA": None,
            f"{INFO}/WHEEL": None,
            f"{INFO}/RECORD": record.encode(),
        }
    )


def test_rows_are_read(make_wheel: MakeWheel) -> None:
    rows = read(make_wheel({"demo.py": b"x = 1\n"}))

    assert rows["demo.py"] == Row("demo.py", "sha256", DIGEST, 6)
    assert rows[f"{INFO}/RECORD"] == Row(f"{INFO}/RECORD", "", "", None)


def test_a_row_without_size_and_one_listed_twice_alike_will_do(make_wheel: MakeWheel) -> None:
    rows = read(wheel_with(make_wheel, f'"demo.py",sha256={DIGEST},\r\n' * 2))

    assert rows == {"demo.py": Row("demo.py", "sha256", DIGEST, None)}


def test_a_better_digest_than_sha256_will_do(make_wheel: MakeWheel) -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha512(b"x = 1\n").digest()).decode().rstrip("=")
    wheel = wheel_with(make_wheel, f"demo.py,sha512={digest},6\n")

    row = read(wheel)["demo.py"]

    with open_wheel(wheel) as opened:
        member = opened.find("demo.py")
        assert member is not None
        verifier = Verifier(opened, member, row)
        verifier.update(b"x = 1\n")
        verifier.check()


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("", "holds `demo.py`, which its RECORD does not list"),
        ("demo.py,,6\n", "lists `demo.py` in its RECORD without a digest"),
        (f"demo.py,sha256={DIGEST},7\n", "holds `demo.py` with 6 bytes, its RECORD says 7"),
        (
            "demo.py,md5=rL0Y20zC-Fzt72VPzMSk2A,6\n",
            "lists `demo.py` in its RECORD with `md5=rL0Y20zC-Fzt72VPzMSk2A`, not with a sha256",
        ),
        (
            "demo.py,sha256=short,6\n",
            "lists `demo.py` in its RECORD with `sha256=short`, not with a sha256",
        ),
        (
            f"demo.py,sha256={'!' * 43},6\n",
            f"lists `demo.py` in its RECORD with `sha256={'!' * 43}`, not with a sha256",
        ),
        (f"demo.py,sha256={DIGEST},-6\n", "lists `demo.py` in its RECORD with the size `-6`"),
        (f"demo.py,sha256={DIGEST},six\n", "lists `demo.py` in its RECORD with the size `six`"),
        (
            f"demo.py,sha256={DIGEST},6\ndemo.py,sha256={DIGEST},\n",
            "lists `demo.py` in its RECORD twice, and differently",
        ),
        ("demo.py\n", "has a RECORD line with 1 fields: `demo.py`"),
        ('demo.py,"sha256', "has a RECORD that cannot be read: unexpected end of data"),
    ],
)
def test_a_record_that_does_not_vouch_for_every_file_is_refused(
    make_wheel: MakeWheel, record: str, why: str
) -> None:
    assert refusal(wheel_with(make_wheel, record)) == why


def test_a_wheel_without_record_is_refused(make_wheel: MakeWheel) -> None:
    assert refusal(make_wheel({f"{INFO}/RECORD": None})) == f"has no `{INFO}/RECORD`"


def test_a_file_that_is_not_the_recorded_one_is_refused(make_wheel: MakeWheel) -> None:
    wheel = wheel_with(make_wheel, f"demo.py,sha256={DIGEST},6\n")
    row = read(wheel)["demo.py"]

    with open_wheel(wheel) as opened:
        member = opened.find("demo.py")
        assert member is not None
        verifier = Verifier(opened, member, row)
        verifier.update(b"x = 2\n")
        with pytest.raises(PackageError) as caught:
            verifier.check()

    assert caught.value.message == (
        "wheel `demo-1.0-py3-none-any.whl` holds another `demo.py` than its RECORD promises"
    )


def test_what_is_written_is_sorted_and_lists_itself_without_digest() -> None:
    rows = [row_of("b.py", b"x = 1\n"), Row("../../../bin/a", "sha256", DIGEST, None)]

    assert print_record(rows, f"{INFO}/RECORD").decode() == (
        f"../../../bin/a,sha256={DIGEST},\nb.py,sha256={DIGEST},6\n{INFO}/RECORD,,\n"
    )


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.binary()
    )
)
def test_what_is_written_can_be_read(files: dict[str, bytes]) -> None:
    rows = [row_of(path, content) for path, content in files.items()]

    text = print_record(rows, "RECORD").decode()

    table = {path: (hashed, size) for path, hashed, size in csv.reader(text.splitlines())}
    for row in rows:
        if row.path != "RECORD":
            assert table[row.path] == (f"sha256={row.digest}", str(row.size))
