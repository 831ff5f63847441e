from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("writable-dataset-mount", path="compose.yaml")
pods = Judge("writable-dataset-mount", path="deployment.yaml")

TRAINS = "command: python train.py\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- ./data:/data", "- ./data:/data:ro"),
        ('- "./data:/data"', '- "./data:/data:ro"'),
        ("- ./data:/data:rw", "- ./data:/data:ro"),
        ("- ./data:/data:z", "- ./data:/data:z,ro"),
        ("- ${DATA}:/datasets # all", "- ${DATA}:/datasets:ro # all"),
        ("- imagenet:/mnt/imagenet", "- imagenet:/mnt/imagenet:ro"),
        (
            "- {type: bind, source: /mnt/coco, target: /coco}",
            "- {type: bind, source: /mnt/coco, target: /coco, read_only: true}",
        ),
    ],
)
def test_a_training_run_gets_its_data_read_only(before: str, after: str) -> None:
    text = compose(f"{TRAINS}volumes:\n  {before}\n")

    assert len(judge.messages(text)) == 1
    assert judge.fixed(text) == compose(f"{TRAINS}volumes:\n  {after}\n")


@pytest.mark.parametrize(
    "text",
    [
        compose(TRAINS + "volumes: ['./data:/data:ro']\n"),
        compose(TRAINS + "volumes: ['./out:/out', './models:/models']\n"),
        compose(TRAINS + "volumes: ['data:/data']\n"),
        compose("command: uvicorn app:app\nvolumes: ['./data:/data']\n"),
        compose("volumes: ['./datasets:/data']\n", image="postgres:17.6"),
        compose(
            "command: python train.py --output-dir /datasets/new\nvolumes: ['./d:/datasets']\n"
        ),
        compose("command: python train.py --save=/data/a\nvolumes: ['./data:/data']\n"),
        compose("tmpfs: [/datasets]\n"),
    ],
)
def test_what_may_be_written_to_is_left_alone(text: str) -> None:
    assert judge.messages(text) == []


def test_the_folder_is_named() -> None:
    text = compose("volumes: ['/mnt/datasets:/workspace/datasets']\n")

    assert judge.messages(text) == ["`api` may change the data in `/workspace/datasets`"]
    assert judge.places(text) == ["'/mnt/datasets:/workspace/datasets'"]


def test_where_something_lies_in_it_there_is_no_fix() -> None:
    text = compose(TRAINS + "volumes: ['./data:/data', './out:/data/out']\n")

    assert [finding.fix for finding in judge.findings(text)] == [None]


def test_volumes_of_pods_are_known_by_their_sources() -> None:
    text = pod(
        "volumeMounts:\n  - name: a\n    mountPath: /mnt\n",
        "volumes:\n  - name: a\n    hostPath: {path: /srv/datasets}\n",
    )

    assert pods.fixed(text) == text.replace(
        "mountPath: /mnt\n", "mountPath: /mnt\n          readOnly: true\n"
    )
