"""The model in the repository is the one that train.py makes."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from train import train

COMMITTED = Path(__file__).parent.parent / "model" / "sentiment.safetensors"


def test_training_gives_the_committed_model_and_a_good_one(tmp_path: Path) -> None:
    accuracy = train(tmp_path / "model.safetensors")

    assert accuracy > 0.9
    trained, committed = load_file(tmp_path / "model.safetensors"), load_file(COMMITTED)
    assert trained.keys() == committed.keys()
    for name, tensor in trained.items():
        # Nearly: the last bits differ between processors and versions of PyTorch.
        torch.testing.assert_close(tensor, committed[name], rtol=1e-3, atol=1e-3)
