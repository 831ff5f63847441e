"""Tests of the rule `unpinned-model-download`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-model-download")
COMMIT = "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("hf download a/b", "`a/b` is downloaded without a revision"),
        ("huggingface-cli download a/b --local-dir /m", "`a/b` is downloaded without a revision"),
        ("hf download a/b --revision main", "`a/b` is taken from the branch `main`, which moves"),
        (
            "python -c \"from transformers import AutoModel as M; M.from_pretrained('a/b')\"",
            "`a/b` is downloaded without a revision",
        ),
        (
            "<<EOF python3\nfrom huggingface_hub import snapshot_download\nsnapshot_download('a/b')\nEOF",
            "`a/b` is downloaded without a revision",
        ),
        (
            "curl -fLO https://example.org/a/b/resolve/main/model.safetensors",
            "`model.safetensors` is taken from the branch `main`, which moves",
        ),
        (
            "python -c \"import torch; torch.hub.load('pytorch/vision', 'resnet18')\"",
            "`pytorch/vision` is downloaded without a revision",
        ),
        ("git clone https://huggingface.co/a/b", "`a/b` is downloaded without a revision"),
    ],
)
def test_downloads_that_move_are_found(command: str, message: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == [message]


@pytest.mark.parametrize(
    "command",
    [
        f"hf download a/b --revision {COMMIT}",
        "hf download a/b --revision=$REVISION",
        f"python -c \"M.from_pretrained('a/b', revision='{COMMIT}')\"",
        "python -c \"M.from_pretrained('/models/b')\"",
        "python -m spacy download en_core_web_sm",
        f"curl -fLO https://example.org/a/b/resolve/{COMMIT}/model.safetensors",
        "python download.py",
        "echo hf download a/b",
    ],
)
def test_downloads_of_one_state_are_not(command: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == []
