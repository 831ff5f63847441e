"""Room on disks, told once for each disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doctor.machines import hints, told

from boxwright.doctor.room import check_room


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of one megabyte, with few inodes."""
    if os.getuid() or shutil.which("mount") is None:
        pytest.skip("only root mounts")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=200000", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_places_on_one_disk_are_told_together(tmp_path, machine) -> None:
    places = {"the project": tmp_path, "the cache": tmp_path / "new"}

    (result,) = check_room(machine.host(), places, wanted=1)

    assert (result.what, result.verdict) == ("the project and the cache", "ok")


def test_a_full_disk_is_a_failure(small_disk, machine) -> None:
    results = list(check_room(machine.host(), {"the cache": small_disk}))

    assert told(results) == {"the cache": ("failure", "1.0 MB of 1.0 MB free")}
    assert hints(results)["the cache"].startswith("remove what is not needed")


def test_a_disk_that_is_large_enough_for_less_is_a_warning(small_disk, machine) -> None:
    (result,) = check_room(machine.host(), {"x": small_disk}, wanted=1_040_000)
    (other,) = check_room(machine.host(), {"x": small_disk}, wanted=2_000_000)

    assert (result.verdict, other.verdict) == ("ok", "failure")


def test_a_disk_without_inodes_is_a_failure(tmp_path, machine) -> None:
    if os.getuid():
        pytest.skip("only root mounts")
    folder = tmp_path / "few"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=9g,nr_inodes=10", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        (result,) = check_room(machine.host(), {"the cache": folder})
    finally:
        subprocess.run(["umount", str(folder)], check=True)

    assert result.verdict == "failure"
    assert result.evidence.endswith("but only 9 more files can be made")


def test_a_folder_of_no_write_permission_is_a_failure_but_for_the_engines_own(machine) -> None:
    proc = Path("/proc/sys")
    if os.access(proc, os.W_OK) and not os.getuid():
        pytest.skip("root may write everywhere")

    places = {"the cache": proc, "images of the engine": proc}

    assert told(check_room(machine.host(), places))["the cache"] == (
        "failure",
        "`/proc/sys` cannot be written",
    )
