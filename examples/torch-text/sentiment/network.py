"""The network: words and pairs of words, hashed into buckets, each with an embedding."""

from __future__ import annotations

import itertools
import re
import zlib

import torch
from torch import Tensor, nn

BUCKETS = 4096
DIMENSIONS = 16

_WORD = re.compile(r"[a-z']+")


def buckets(text: str) -> list[int]:
    """
    Return the buckets of the words of *text* and of its pairs of neighbours.

    >>> buckets("Not bad") == buckets("not, bad")
    True
    >>> len(buckets("not bad at all"))
    7
    """
    words = _WORD.findall(text.lower())
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
    # Not hash(): it gives other values in every process.
    return [zlib.crc32(gram.encode()) % BUCKETS for gram in words + pairs]


def tensors(texts: list[str]) -> tuple[Tensor, Tensor]:
    """Return the buckets of all *texts* in a row, and where each text begins."""
    rows = [buckets(text) for text in texts]
    starts = [sum(len(row) for row in rows[:n]) for n in range(len(rows))]
    return torch.tensor([one for row in rows for one in row]), torch.tensor(starts)


class Network(nn.Module):
    """The mean of the embeddings, weighed: above 0 the text is friendly."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(BUCKETS, DIMENSIONS, mode="mean")
        # Zero and not random: what was never seen in training then says nothing.
        nn.init.zeros_(self.embedding.weight)
        self.output = nn.Linear(DIMENSIONS, 1)

    def forward(self, texts: Tensor, starts: Tensor) -> Tensor:
        """Return a number for each text."""
        friendly: Tensor = self.output(self.embedding(texts, starts))
        return friendly.squeeze(1)
