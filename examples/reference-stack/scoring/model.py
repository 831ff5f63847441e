"""The model: a small network, in NumPy, and the file that it is kept in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from scoring.customer import Customer


class Model:
    """A trained model that is ready to score."""

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        self.version = hashlib.sha256(content).hexdigest()[:12]
        """Of the content: a model cannot change and keep its version."""
        # safetensors holds numbers and nothing else: unlike a pickle, a model file that
        # somebody replaced cannot run code in this process.
        tensors = load(content)
        self._mean, self._scale = tensors["mean"], tensors["scale"]
        self._hidden, self._hidden_bias = tensors["network.0.weight"], tensors["network.0.bias"]
        self._output, self._output_bias = tensors["network.2.weight"], tensors["network.2.bias"]
        self._sample, self._sample_score = tensors["sample"], tensors["sample_score"]

    def score(self, customers: Sequence[Customer]) -> list[float]:
        """Return for each of *customers* how likely it is to leave in the next three months."""
        if not customers:
            return []
        features = np.array([customer.features() for customer in customers], dtype=np.float32)
        return [float(score) for score in self._forward(features)]

    def answers(self) -> bool:
        """Return whether the sample that came with the model is scored as it was in training."""
        return np.allclose(self._forward(self._sample), self._sample_score, atol=1e-4)

    def _forward(self, features: np.ndarray) -> np.ndarray:
        scaled = (features - self._mean) / self._scale
        hidden = np.maximum(scaled @ self._hidden.T + self._hidden_bias, 0)
        output = (hidden @ self._output.T + self._output_bias)[:, 0]
        # The logistic function, which overflows where it is written with exp.
        return 0.5 * (1 + np.tanh(0.5 * output))
