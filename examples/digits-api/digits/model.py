"""The model: a logistic regression over 8 by 8 pixels, and the file that it is kept in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression

PIXELS = 64
"""8 rows of 8 pixels, from the top left."""

WHITE = 16
"""The brightest value of a pixel; 0 is the background."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The likeliest digit, and how likely each of the ten is."""

    digit: int
    probabilities: tuple[float, ...]


class Model:
    """A trained model that is ready to predict."""

    def __init__(self, path: Path) -> None:
        # safetensors holds numbers and nothing else: unlike a pickle (and so joblib),
        # a model file that somebody replaced cannot run code in this process.
        tensors = load_file(path)
        self._classifier = LogisticRegression()
        self._classifier.coef_ = tensors["coefficients"]
        self._classifier.intercept_ = tensors["intercepts"]
        self._classifier.classes_ = tensors["classes"]
        self._sample = tensors["sample"]
        self._sample_digit = int(tensors["sample_digit"][0])

    def predict(self, pixels: Sequence[float]) -> Prediction:
        """Read the digit that *pixels* show."""
        image = np.asarray(pixels, dtype=np.float64).reshape(1, PIXELS)
        probabilities = self._classifier.predict_proba(image)[0]
        return Prediction(
            digit=int(self._classifier.classes_[probabilities.argmax()]),
            probabilities=tuple(float(probability) for probability in probabilities),
        )

    def answers(self) -> bool:
        """Return whether the sample that came with the model is read as it was in training."""
        return self.predict(self._sample.tolist()).digit == self._sample_digit
