"""Tests of the rule `driver-in-image`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("driver-in-image")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "nvidia-driver-550",
            "`nvidia-driver-550` is part of the driver, which belongs to the host",
        ),
        (
            "cuda-drivers=550.54.15-1",
            "`cuda-drivers` is part of the driver, which belongs to the host",
        ),
        (
            "libnvidia-compute-550",
            "`libnvidia-compute-550` is part of the driver, which belongs to the host",
        ),
        (
            "nvidia-container-toolkit",
            "`nvidia-container-toolkit` serves the container engine of the host",
        ),
    ],
)
def test_packages_of_the_host(name: str, message: str) -> None:
    text = f"FROM ubuntu:24.04\nRUN apt-get update && \\\n  apt-get install -y curl {name}\n"

    assert JUDGE.messages(text) == [message]
    assert JUDGE.places(text) == [name]
    assert [each.fix for each in JUDGE.findings(text)] == [None]


def test_the_toolkit_comes_without_a_driver() -> None:
    text = "RUN apt-get install -y cuda-12-4 gcc\nRUN dnf install -y cuda\nRUN apt install cuda=12.4.1-1"

    assert JUDGE.fixed(text, unsafe=False) == (
        "RUN apt-get install -y cuda-toolkit-12-4 gcc\nRUN dnf install -y cuda-toolkit\n"
        "RUN apt install cuda-toolkit=12.4.1-1"
    )


@pytest.mark.parametrize(
    "text",
    [
        "RUN apt-get install -y cuda-toolkit-12-4 cuda-compat-12-4 nvidia-cuda-toolkit",
        "RUN apt-get purge -y nvidia-driver-550",
        "FROM a AS a\nRUN apt-get install -y cuda\nFROM b",
        "RUN apt-get install -y $PACKAGES",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_installer_of_the_driver() -> None:
    text = "RUN curl -O https://example.com/NVIDIA-Linux-x86_64-550.54.15.run"

    assert len(JUDGE.messages(text)) == 1
