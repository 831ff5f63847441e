from __future__ import annotations

from tests.practices.image_examples import found

RULE = "missing-image-label"
SOURCE = "org.opencontainers.image.source: https://git.example.com/team/app"
REVISION = "org.opencontainers.image.revision: 8f3c5d1"
STEP = "layers: [{step: CMD a}]\n"


def test_both_are_wanted() -> None:
    assert found(RULE, f"cmd: [a]\n{STEP}") == [
        (
            "1: info: the image has no label `org.opencontainers.image.source` and none "
            "`org.opencontainers.image.revision`"
        )
    ]


def test_an_empty_one_is_none() -> None:
    text = f'cmd: [a]\nlabels: {{{SOURCE}, org.opencontainers.image.revision: ""}}\n{STEP}'

    assert found(RULE, text) == [
        "1: info: the image has no label `org.opencontainers.image.revision`"
    ]


def test_annotations_of_the_manifest_count() -> None:
    text = f"cmd: [a]\nlabels: {{{SOURCE}}}\nannotations: {{{REVISION}}}\n{STEP}"

    assert found(RULE, text) == []


def test_what_is_there_to_build_on_is_not_judged() -> None:
    assert found(RULE, f"cmd: [bash]\n{STEP}") == []


def test_others_can_be_wanted() -> None:
    assert found(RULE, f"cmd: [a]\n{STEP}", settings='labels = ["team"]') == [
        "1: info: the image has no label `team`"
    ]
    assert found(RULE, f"cmd: [a]\n{STEP}", settings="labels = []") == []
