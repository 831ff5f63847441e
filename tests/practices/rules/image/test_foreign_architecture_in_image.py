from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "foreign-architecture-in-image"


def having(path: str, machine: str) -> str:
    return f"""
cmd: [serve]
layers:
  - step: COPY a /
    binaries: [{{path: {path}, size: 90000, machine: {machine}}}]
    files: {{{path}: 90 kB}}
"""


def test_a_library_for_another_processor_is_found() -> None:
    assert found(RULE, having("opt/venv/lib/a.so", "aarch64")) == [
        "2: warning: `/opt/venv/lib/a.so` is a file for aarch64, and the image is for amd64"
    ]


@pytest.mark.parametrize("machine", ["x86_64", "i386", "cuda", "amdgpu", "''"])
def test_what_runs_there_is_fine(machine: str) -> None:
    assert found(RULE, having("opt/venv/lib/a.so", machine)) == []


def test_material_of_tests_is_not_told() -> None:
    assert found(RULE, having("opt/venv/lib/elftools/tests/a.so", "arm")) == []


def test_settings_can_name_what_may_be_there() -> None:
    text = having("opt/cross/lib/a.so", "arm")

    assert found(RULE, text, settings='allow = ["/opt/cross"]') == []
    assert len(found(RULE, text, settings='allow = ["/opt/cro"]')) == 1


def test_what_a_later_layer_deletes_is_not_told() -> None:
    text = having("a.so", "arm") + "  - {step: RUN rm, deletes: [a.so]}\n"

    assert found(RULE, text) == []
