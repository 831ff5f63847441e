"""Tests of what a stage does with CUDA."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.cuda_use import (
    flavour_edit,
    has_unread_manifests,
    may_compile_for_gpu,
    user_of_system_libraries,
    wheels_with_libraries,
)
from boxwright.text.edit import apply_edits


def test_well_known_wheels_come_first() -> None:
    stage = build("FROM python:3.12\nRUN pip install accelerate torch numpy").stages[0]

    assert [wheel.package.name for wheel in wheels_with_libraries(stage)] == ["torch", "accelerate"]


@pytest.mark.parametrize(
    ("packages", "name"),
    [("torch", None), ("tensorflow[and-cuda]", None), ("tensorflow", "tensorflow")],
)
def test_who_looks_for_the_libraries_of_the_system(packages: str, name: str | None) -> None:
    stage = build(f"FROM python:3.12\nRUN pip install {packages}").stages[0]
    found = user_of_system_libraries(stage)

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("command", "compiles"),
    [("make", True), ("pip install torch", False), ("./build.sh", True), ("pip install .", True)],
)
def test_what_may_compile(command: str, compiles: bool) -> None:
    assert may_compile_for_gpu(build(f"FROM a\nRUN {command}").stages[0]) is compiles


def test_a_project_without_cuda_does_not_compile_for_it() -> None:
    stage = build("FROM a\nCOPY . .\nRUN pip install .", {"pyproject.toml": "", "a.py": ""}).stages[
        0
    ]

    assert not may_compile_for_gpu(stage)


def test_files_that_cannot_be_read() -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt"

    assert has_unread_manifests(build(text).stages[0])
    assert not has_unread_manifests(build(text, {"requirements.txt": "torch"}).stages[0])


@pytest.mark.parametrize(
    ("tag", "flavour", "after"),
    [
        ("12.4.1-cudnn-devel-ubuntu22.04", "base", "12.4.1-base-ubuntu22.04"),
        ("12.4.1-cudnn-devel-ubuntu22.04", "runtime", "12.4.1-cudnn-runtime-ubuntu22.04"),
        ("12.4.1-base-ubuntu22.04", "runtime", None),
        ("$TAG", "base", None),
    ],
)
def test_flavours(tag: str, flavour: str, after: str | None) -> None:
    text = f"FROM nvidia/cuda:{tag} AS a\n"
    edit = flavour_edit(build(text), flavour)

    changed = None if edit is None else apply_edits(text, [edit])
    assert changed == (None if after is None else f"FROM nvidia/cuda:{after} AS a\n")
