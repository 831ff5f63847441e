"""Tests of the rule `cuda-needs-newer-driver`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

OLD = Judge("cuda-needs-newer-driver", settings="driver = 470")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "FROM nvidia/cuda:12.4.1-base-ubuntu22.04",
            (
                "CUDA 12.4.1 of `nvidia/cuda:12.4.1-base-ubuntu22.04` needs driver 525,"
                " the hosts have 470"
            ),
        ),
        (
            "FROM python\nRUN pip install torch==2.6.0",
            (
                "`torch` is made for CUDA 12.4 (torch 2.6 comes for CUDA 12.4) and needs driver 525,"
                " the hosts have 470"
            ),
        ),
    ],
)
def test_messages(text: str, message: str) -> None:
    assert OLD.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM nvidia/cuda:11.8.0-base-ubuntu22.04",
        "FROM python\nRUN pip install torch",
        "ARG V\nFROM nvidia/cuda:$V-base-ubuntu22.04",
        "FROM nvidia/cuda:12.4.1-base-ubuntu22.04 AS a\nFROM debian\nCOPY --from=a /a /a",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert OLD.messages(text) == []


def test_without_the_setting_nothing_is_known() -> None:
    assert (
        Judge("cuda-needs-newer-driver").messages("FROM nvidia/cuda:13.0.3-base-ubuntu24.04") == []
    )
