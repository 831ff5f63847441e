"""Tests of the rule `gpu-reservation-incomplete`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("gpu-reservation-incomplete", path="compose.yaml")
HEAD = "services:\n  a:\n    image: x:1\n"


def reserved(device: str) -> str:
    return HEAD + f"    deploy: {{resources: {{reservations: {{devices: [{{{device}}}]}}}}}}\n"


@pytest.mark.parametrize(
    ("device", "message"),
    [
        (
            "driver: nvidia, count: 1",
            "the reservation has no `capabilities`: Compose refuses it",
        ),
        (
            'count: 1, device_ids: ["0"], capabilities: [gpu]',
            "`count` and `device_ids` exclude each other: Compose refuses both",
        ),
        (
            "driver: nvidia, capabilities: [gpus]",
            "the capabilities `gpus` are none of a GPU: `gpu` is",
        ),
        ("count: one, capabilities: [gpu]", "`count: one` is neither a number nor `all`"),
        ("count: 0, capabilities: [gpu]", "`count: 0` gives the service no GPU"),
    ],
)
def test_what_is_wrong_with_a_reservation(device: str, message: str) -> None:
    assert JUDGE.messages(reserved(device)) == [message]


@pytest.mark.parametrize(
    "device",
    [
        "driver: nvidia, count: all, capabilities: [gpu]",
        'capabilities: [[gpu]], device_ids: ["0"]',
        "driver: nvidia, capabilities: [compute, utility]",
        "count: ${GPUS}, capabilities: [gpu]",
        "capabilities: [tpu]",
        "driver: cdi, device_ids: [vendor.com/x=0], capabilities: [x]",
    ],
)
def test_good_reservations(device: str) -> None:
    assert JUDGE.messages(reserved(device)) == []


def test_the_short_form_takes_all_or_a_list() -> None:
    assert JUDGE.messages(HEAD + "    gpus: all\n") == []
    assert JUDGE.messages(HEAD + "    gpus:\n      - driver: nvidia\n        count: 2\n") == []
    assert JUDGE.messages(HEAD + "    gpus: 1\n") == [
        "`gpus: 1` is not understood: it takes `all` or a list"
    ]


def test_the_old_runtime_becomes_a_reservation() -> None:
    text = HEAD + "    runtime: nvidia # GPUs\n    ports: []\n"

    assert JUDGE.fixed(text) == HEAD + (
        "    deploy:\n"
        "      resources:\n"
        "        reservations:\n"
        "          devices:\n"
        "            - driver: nvidia\n"
        "              count: all\n"
        "              capabilities: [gpu] # GPUs\n"
        "    ports: []\n"
    )


def test_the_old_runtime_beside_a_reservation_goes() -> None:
    good = reserved("count: 1, capabilities: [gpu]")

    assert JUDGE.fixed(good + "    runtime: nvidia\n") == good


def test_jetson_has_nothing_but_the_runtime() -> None:
    assert (
        JUDGE.messages(
            "services:\n  a:\n    image: nvcr.io/nvidia/l4t-ml:r36\n    runtime: nvidia\n"
        )
        == []
    )


def test_capabilities_are_added_with_the_line_ends_of_the_file() -> None:
    text = (
        "services:\n  a:\n    deploy:\n      resources:\n        reservations:\n"
        "          devices:\n          - driver: nvidia # one\n            count: 1\n"
    ).replace("\n", "\r\n")

    assert JUDGE.fixed(text, unsafe=False) == text + "            capabilities: [gpu]\r\n"


def test_a_shared_reservation_is_not_fixed_for_one_service() -> None:
    text = (
        "x-gpu: &gpu\n  resources:\n    reservations:\n      devices:\n        - count: 1\n"
        "services:\n  a:\n    image: x:1\n    deploy: *gpu\n"
    )

    assert [finding.fix for finding in JUDGE.findings(text)] == [None]
