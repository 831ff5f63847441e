from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.errors import LockError
from boxwright.lock.document import lock_text, read_lock, write_lock
from boxwright.lock.model import Lock, LockedDeb, LockedSource, LockedWheel, PlatformLock
from boxwright.oci.digest import Digest, digest_of

DIGEST = digest_of(b"")
LOCK = Lock(
    inputs=DIGEST,
    platforms=(
        PlatformLock(
            platform="linux/amd64",
            suite="trixie",
            variant="slim",
            python="3.13",
            debs=(
                LockedDeb(
                    name="libc6",
                    version="2.41-1",
                    architecture="amd64",
                    archive="debian",
                    path="pool/main/g/glibc/libc6_2.41-1_amd64.deb",
                    digest=DIGEST,
                    size=5,
                    role="base",
                ),
            ),
            wheels=(
                LockedWheel(
                    name="a", version="1", file="a-1-py3-none-any.whl", digest=DIGEST, size=7
                ),
                LockedWheel(
                    name="b",
                    version="2",
                    source=LockedSource(kind="sdist", file="b-2.tar.gz", digest=DIGEST, size=8),
                ),
                LockedWheel(
                    name="c",
                    version="",
                    source=LockedSource(kind="directory", location="libs/c"),
                ),
            ),
        ),
    ),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "boxwright.lock"
    write_lock(path, LOCK)
    assert read_lock(path) == LOCK
    assert path.read_text() == lock_text(LOCK)
    assert [entry.name for entry in tmp_path.iterdir()] == ["boxwright.lock"]


def test_a_lock_of_nothing_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "boxwright.lock"
    empty = replace(LOCK, platforms=(replace(LOCK.platforms[0], debs=(), wheels=()),))
    for lock in (empty, replace(LOCK, platforms=())):
        write_lock(path, lock)
        assert read_lock(path) == lock


def test_there_may_be_no_lock(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "boxwright.lock") is None


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ('suite = "trixie"', "suite = 3", r"platforms\[0\]\.suite"),
        ('python = "3.13"\n', "", r"platforms\[0\]: .*`python`"),
        (f'inputs = "{DIGEST}"', 'inputs = "sha256:1"', "inputs is no sha256 digest"),
        ("version = 1\n", "version = 2\n", "`version` is `2`"),
        ("version = 1\n", "", "`version` is `None`"),
        ("pool/main", "../main", r"platforms\[0\]\.debs\[0\]"),
        ("a-1-py3", "../a-1-py3", r"platforms\[0\]\.wheels\[0\]\.file"),
        ("b-2.tar", "/b-2.tar", r"platforms\[0\]\.wheels\[1\]\.source\.file"),
        ('variant = "slim"', 'variant = "slim', "no valid TOML"),
        ("size = 7", "size = -7", r"platforms\[0\]\.wheels\[0\]"),
    ],
)
def test_a_damaged_lock_is_refused_with_the_key(
    tmp_path: Path, before: str, after: str, wanted: str
) -> None:
    path = tmp_path / "boxwright.lock"
    text = lock_text(LOCK)
    assert before in text
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(LockError, match=wanted) as caught:
        read_lock(path)
    assert caught.value.hint


def test_a_wheel_that_says_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boxwright.lock"
    empty = replace(LOCK.platforms[0], wheels=(LockedWheel(name="a", version="1"),))
    write_lock(path, replace(LOCK, platforms=(empty,)))
    with pytest.raises(LockError, match="neither file nor source"):
        read_lock(path)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="cannot be written"):
        write_lock(tmp_path / "none" / "boxwright.lock", LOCK)


def test_equal_locks_have_equal_text() -> None:
    assert lock_text(LOCK) == lock_text(replace(LOCK, inputs=Digest(str(DIGEST))))
