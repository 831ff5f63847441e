"""The data and the model in the repository are those that the scripts make."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_data import DATA, make
from safetensors.numpy import load_file
from scoring.customer import Customer
from scoring.model import Model
from scoring.settings import PROJECT, Settings

COMMITTED = Settings.from_environment({}).model


def test_the_committed_customers_are_those_that_are_made_up(tmp_path: Path) -> None:
    random.seed(1)

    make(tmp_path / "customers.csv")

    assert (tmp_path / "customers.csv").read_bytes() == DATA.read_bytes()


def test_the_committed_model_scores_as_it_did_in_training() -> None:
    assert Model(COMMITTED).answers()


def test_no_customers_have_no_scores() -> None:
    assert Model(COMMITTED).score([]) == []


class TestTraining:
    """What takes PyTorch: `uv sync --group train`."""

    @pytest.fixture(autouse=True)
    def torch(self) -> None:
        pytest.importorskip("torch", reason="there is no PyTorch")

    def test_training_gives_the_committed_model_and_a_good_one(self, tmp_path: Path) -> None:
        from train import train

        quality = train(tmp_path / "churn.safetensors")

        assert quality > 0.8
        trained, committed = load_file(tmp_path / "churn.safetensors"), load_file(COMMITTED)
        assert trained.keys() == committed.keys()
        # Nearly: the last bits differ between processors and versions of PyTorch.
        assert trained["sample_score"] == pytest.approx(committed["sample_score"], abs=0.02)
        assert Model(tmp_path / "churn.safetensors").answers()

    def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(self, tmp_path: Path) -> None:
        import train

        class StoppedError(Exception):
            """What a lost machine does to training, in time for a test."""

        checkpoint = tmp_path / "checkpoints" / "churn.checkpoint"
        train.train(tmp_path / "whole", epochs=14)
        keep = train.write_checkpoint

        def stop_after(*arguments: object) -> None:
            keep(*arguments)
            raise StoppedError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "write_checkpoint", stop_after)
            with pytest.raises(StoppedError):
                train.train(tmp_path / "resumed", epochs=14, checkpoint=checkpoint)
        assert checkpoint.exists()
        assert not (tmp_path / "resumed").exists()
        train.train(tmp_path / "resumed", epochs=14, checkpoint=checkpoint)

        assert (tmp_path / "resumed").read_bytes() == (tmp_path / "whole").read_bytes()
        assert not checkpoint.exists()

    def test_training_keeps_its_checkpoint_when_it_is_told_to_end(self, tmp_path: Path) -> None:
        folders = {"MODEL_DIR": str(tmp_path), "CHECKPOINT_DIR": str(tmp_path)}

        with subprocess.Popen(
            [sys.executable, PROJECT / "train.py", "--epochs", "1000000"],
            env=os.environ | folders,
            stderr=subprocess.PIPE,
            text=True,
        ) as training:
            deadline = time.monotonic() + 60
            while not (tmp_path / "churn.checkpoint").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            training.terminate()
            _, said = training.communicate(timeout=30)

        assert training.returncode == 1
        assert said.endswith("stopped\n")
        assert (tmp_path / "churn.checkpoint").exists()
        assert not (tmp_path / "churn.safetensors").exists()

    def test_numpy_scores_as_pytorch_does(self, tmp_path: Path) -> None:
        import train

        train.train(tmp_path / "churn", epochs=1)
        tensors = load_file(tmp_path / "churn")

        assert Model(tmp_path / "churn").answers()
        assert tensors["sample"][0].tolist() == pytest.approx(
            Customer(
                id="C00000",
                tenure_months=7,
                monthly_fee=23.58,
                contract="monthly",
                support_tickets=0,
                late_payments=0,
                days_since_login=5,
            ).features()
        )
