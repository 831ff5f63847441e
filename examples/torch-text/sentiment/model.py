"""The trained model: read from its file, ready to predict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from sentiment.network import Network, buckets, tensors

_PROBE = "a wonderful film"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the text sounds like, and how likely that is."""

    label: str
    probability: float


class Model:
    """A trained model that is ready to predict."""

    def __init__(self, path: Path) -> None:
        # One thread a request: the server runs several requests at once, and the network
        # is far too small to gain by more.
        torch.set_num_threads(1)
        self._network = Network()
        # safetensors holds numbers and nothing else: unlike a pickle (and so torch.save),
        # a model file that somebody replaced cannot run code in this process.
        self._network.load_state_dict(load_file(path))
        self._network.eval()

    def predict(self, text: str) -> Prediction:
        """Tell what *text*, which has at least one word, sounds like."""
        if not buckets(text):
            msg = "the text has no words"
            raise ValueError(msg)
        with torch.inference_mode():
            positive = float(torch.sigmoid(self._network(*tensors([text]))[0]))
        if positive >= 0.5:
            return Prediction("positive", positive)
        return Prediction("negative", 1 - positive)

    def answers(self) -> bool:
        """Return whether a plainly friendly text is read as one."""
        return self.predict(_PROBE).label == "positive"
