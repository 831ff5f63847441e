"""Which wheels an image can run."""

from __future__ import annotations

import pytest

from boxwright.wheel.filename import parse_wheel_filename
from boxwright.wheel.tags import fits, target_tags


@pytest.mark.parametrize(
    ("wheel", "runs"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-cp313-cp313-manylinux_2_41_x86_64.whl", True),
        ("a-1-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", True),
        ("a-1-cp310-abi3-manylinux_2_28_x86_64.whl", True),
        ("a-1-py3-none-manylinux1_x86_64.whl", True),
        ("a-1-cp313-cp313-linux_x86_64.whl", True),
        ("a-1-cp313-cp313-manylinux_2_42_x86_64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp314-cp314-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp314-abi3-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp313-cp313-musllinux_1_2_x86_64.whl", False),
        ("a-1-cp313-cp313-manylinux_2_28_aarch64.whl", False),
        ("a-1-py3-none-win_amd64.whl", False),
        ("a-1-py2-none-any.whl", False),
    ],
)
def test_a_wheel_runs_where_its_tags_say(wheel: str, runs: bool) -> None:
    target = target_tags("3.13", "amd64", (2, 41))

    assert fits(parse_wheel_filename(wheel).tags, target) is runs


def test_the_best_wheel_comes_first() -> None:
    target = target_tags("3.11", "arm64", (2, 36))

    names = [
        "cp311-cp311-manylinux_2_36_aarch64",
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp311-abi3-manylinux_2_28_aarch64",
        "cp311-none-manylinux_2_17_aarch64",
        "cp39-abi3-manylinux2014_aarch64",
        "py3-none-any",
    ]
    assert sorted(names, key=target.index) == names


def test_tags_agree_with_those_of_the_running_interpreter() -> None:
    # packaging asks the host; ours are computed. On this machine both must agree.
    import platform
    import sys

    from packaging.tags import sys_tags

    kind, version = platform.libc_ver()
    if kind != "glibc" or platform.machine() != "x86_64":
        pytest.skip("the host is no amd64 machine with glibc")
    major, minor = map(int, version.split(".")[:2])

    ours = target_tags(f"3.{sys.version_info.minor}", "amd64", (major, minor))

    assert set(ours) == {str(tag) for tag in sys_tags()}
