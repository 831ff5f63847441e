from __future__ import annotations

from tests.practices.image_examples import found

RULE = "too-many-layers"


def test_more_than_an_engine_takes_are_found() -> None:
    assert found(RULE, "layers: [{step: RUN a, repeat: 124}]\n") == [
        "1: warning: the image has 124 layers, and engines take 127 at most"
    ]


def test_many_are_fine() -> None:
    assert found(RULE, "layers: [{step: RUN a, repeat: 120}]\n") == []


def test_how_many_is_a_setting() -> None:
    text = "layers: [{step: RUN a, repeat: 20}]\n"

    assert found(RULE, text, settings="most = 10") == [
        "1: warning: the image has 20 layers, and engines take 127 at most"
    ]


def test_steps_without_a_layer_do_not_count() -> None:
    steps = "".join(f"  - step: ENV A={number}\n" for number in range(200))

    assert found(RULE, f"layers:\n{steps}") == []
