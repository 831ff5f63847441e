"""
Train the model and write it: `python train.py`, on a GPU where there is one.

| Variable | What |
| --- | --- |
| `MODEL_DIR` | where the model is written; `model/` by default |
| `CHECKPOINT_DIR` | where training that was stopped goes on from; nothing is kept by default |
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from scoring.customer import FEATURES, Customer
from torch import Tensor, nn

log = logging.getLogger("train")

SEED = 7
EPOCHS = 60
HIDDEN = 16
ROWS_AT_ONCE = 64
EPOCHS_BETWEEN_CHECKPOINTS = 10
PROJECT = Path(__file__).parent
DATA = PROJECT / "data" / "customers.csv"


def train(
    model: Path, *, data: Path = DATA, epochs: int = EPOCHS, checkpoint: Path | None = None
) -> float:
    """Train for *epochs*, write the model, and return its quality on customers it has not seen."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    features, left = (table.to(device) for table in customers(data))
    unseen = len(left) // 4
    mean, scale = features[unseen:].mean(dim=0), features[unseen:].std(dim=0)
    scaled = (features - mean) / scale

    torch.manual_seed(SEED)
    network = nn.Sequential(nn.Linear(len(FEATURES), HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    network.to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.005)
    loss_of = nn.BCEWithLogitsLoss()
    done = 0
    if checkpoint is not None and checkpoint.exists():
        done = read_checkpoint(checkpoint, network, optimizer, device)
        log.info("going on after epoch %d", done)
    log.info("training on %s with %d customers", device, len(left) - unseen)
    for epoch in range(done + 1, epochs + 1):
        # Seeded by epoch, so that training goes on from a checkpoint as if it had not stopped.
        order = torch.randperm(len(left) - unseen, generator=torch.Generator().manual_seed(epoch))
        for rows in (order.to(device) + unseen).split(ROWS_AT_ONCE):
            optimizer.zero_grad()
            loss = loss_of(network(scaled[rows])[:, 0], left[rows])
            loss.backward()
            optimizer.step()
        if checkpoint is not None and epoch % EPOCHS_BETWEEN_CHECKPOINTS == 0:
            write_checkpoint(checkpoint, epoch, network, optimizer)
            log.info("epoch %d of %d", epoch, epochs)

    with torch.inference_mode():
        scores = torch.sigmoid(network(scaled)[:, 0])
    write(
        model,
        {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
        | {
            "mean": mean,
            "scale": scale,
            # The readiness probe asks for these.
            "sample": features[:8],
            "sample_score": scores[:8],
        },
    )
    if checkpoint is not None:
        # The next training begins anew.
        checkpoint.unlink(missing_ok=True)
    return area_under_curve(scores[:unseen], left[:unseen])


def customers(path: Path) -> tuple[Tensor, Tensor]:
    """Return the customers' features, a row each, and 1 for those who have left."""
    features, left = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            left.append(float(row.pop("left")))
            features.append(Customer.model_validate(row).features())
    return torch.tensor(features), torch.tensor(left)


def area_under_curve(scores: Tensor, left: Tensor) -> float:
    """Return how often one who leaves is scored above one who stays: 0.5 is a guess, 1 is best."""
    above = scores[left == 1][:, None] > scores[left == 0][None, :]
    return above.float().mean().item()


def write_checkpoint(
    path: Path, epoch: int, network: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Write all that training needs to go on after *epoch*."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
    write(path, tensors, {"epoch": str(epoch)})


def read_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
) -> int:
    """Set *network* and *optimizer* as they were, and return the epoch after which that was."""
    weights: dict[str, Tensor] = {}
    states: dict[int, dict[str, Tensor]] = {}
    with safe_open(path, framework="pt", device=str(device)) as file:
        for key in file.keys():  # noqa: SIM118 (no mapping)
            kind, _, name = key.partition(".")
            if kind == "network":
                weights[name] = file.get_tensor(key)
            else:
                number, _, name = name.partition(".")
                states.setdefault(int(number), {})[name] = file.get_tensor(key)
        epoch = int(file.metadata()["epoch"])
    network.load_state_dict(weights)
    optimizer.load_state_dict(optimizer.state_dict() | {"state": states})
    return epoch


def write(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write *tensors* to *path*: all of them or, where this process is killed, none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(
        {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, partial, metadata
    )
    # save_file lets only this user read it, and the service is another one.
    partial.chmod(0o644)
    partial.replace(path)


def main() -> None:
    """Train as the command line and the environment say."""
    parser = argparse.ArgumentParser(description="Train the model and write it.")
    parser.add_argument("--data", type=Path, default=DATA, help="the customers, as CSV")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(message)s")
    # The first process of a container is spared the signal where it has no handler, and would
    # train on until it is killed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    folder = os.environ.get("CHECKPOINT_DIR")
    quality = train(
        Path(os.environ.get("MODEL_DIR", PROJECT / "model")) / "churn.safetensors",
        data=arguments.data,
        epochs=arguments.epochs,
        checkpoint=Path(folder) / "churn.checkpoint" if folder else None,
    )
    log.info("area under the curve on unseen customers: %.3f", quality)


if __name__ == "__main__":
    main()
