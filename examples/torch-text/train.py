"""Train the model on `data/reviews.tsv` and write it: `python train.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentiment.network import Network, tensors
from torch import nn

SEED = 7
EPOCHS = 80
DATA = Path(__file__).parent / "data" / "reviews.tsv"


def reviews() -> list[tuple[str, float]]:
    """Return the texts with 1 for the friendly ones and 0 for the others."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines]
    return [(text, float(label == "positive")) for label, text in pairs]


def train(path: Path) -> float:
    """Train, write the model to *path*, and return its accuracy on texts it has not seen."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(1)
    rows = reviews()
    unseen, seen = rows[: len(rows) // 4], rows[len(rows) // 4 :]
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    loss_of = nn.BCEWithLogitsLoss()
    inputs = tensors([text for text, _ in seen])
    wanted = torch.tensor([label for _, label in seen])
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        loss = loss_of(network(*inputs), wanted)
        loss.backward()
        optimizer.step()
    path.parent.mkdir(exist_ok=True)
    save_file(network.state_dict(), path)
    with torch.inference_mode():
        found = network(*tensors([text for text, _ in unseen])) > 0
    right = sum(bool(a) == bool(b) for a, (_, b) in zip(found, unseen, strict=True))
    return right / len(unseen)


if __name__ == "__main__":
    accuracy = train(Path(__file__).parent / "model" / "sentiment.safetensors")
    sys.stdout.write(f"accuracy on unseen texts: {accuracy:.3f}\n")
