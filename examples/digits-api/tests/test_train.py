"""The model in the repository is the one that train.py makes."""

from pathlib import Path

from train import train

COMMITTED = Path(__file__).parent.parent / "model" / "digits.safetensors"


def test_training_gives_the_committed_model_and_a_good_one(tmp_path: Path) -> None:
    accuracy = train(tmp_path / "model.safetensors")

    assert (tmp_path / "model.safetensors").read_bytes() == COMMITTED.read_bytes()
    assert accuracy > 0.95
