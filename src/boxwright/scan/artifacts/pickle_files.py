"""Files that are pickles: Python's own, joblib's, PyTorch's of old."""

from __future__ import annotations

import re

from boxwright.scan.artifacts.found import Found
from boxwright.scan.artifacts.pickles import COMPUTED, Pickles

_SUFFIXES = (
    ".pkl", ".pickle", ".p", ".joblib", ".jbl", ".sav", ".pt", ".pth", ".ckpt", ".dill", ".pk",
    ".cpkl", ".pckl", ".jl", ".tar.pth",
)  # fmt: skip
"""Names under which pickles are kept; a pickle by another name shows by its content only."""
_BINARY = re.compile(rb"\x80[\x00-\x05].")
_PLAIN = re.compile(
    rb"c[A-Za-z_][\w.]{0,200}\n[A-Za-z_][\w.]{0,200}\n"
    rb"|[(\]})\x95\x8c][(\[\]})dltcioSVIFKJMXUTNq\x80\x8c\x94\x95\x00-\x40]"
)
"""How a pickle without a protocol may begin."""
_DATA = ("pandas.", "numpy.", "datasets.", "scipy.sparse", "torch.utils.data")


class PickleFile:
    """An `ArtifactParser` for pickles; None comes of what turns out to be none."""

    def __init__(self, name: str) -> None:
        self._is_named = name.endswith(_SUFFIXES)
        self._is_joblib = name.endswith((".joblib", ".jbl"))
        self._pickles = Pickles()
        self._start = b""

    @staticmethod
    def may_be(name: str, start: bytes) -> bool:
        """Tell whether a file called *name* that begins with *start* is worth a walk."""
        first = start[:1]
        if first == b"\x80":
            return _BINARY.match(start) is not None
        if name.endswith(_SUFFIXES):
            return True
        return first in _FIRST and _PLAIN.match(start) is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing of the rest matters."""
        return self._pickles.is_over

    def feed(self, piece: bytes) -> None:
        """Walk on through *piece*."""
        self._start = self._start or piece[:2]
        self._pickles.feed(piece)

    def finish(self) -> Found | None:
        """Return what the pickles are."""
        pickles = self._pickles
        pickles.finish()
        if not self._is_pickle():
            return None
        if pickles.is_torch or pickles.storages:
            format_ = "pytorch"
        elif pickles.has_arrays or self._is_joblib:
            format_ = "joblib"
        else:
            format_ = "pickle"
        role = "dataset" if pickles.made.startswith(_DATA) else "model"
        found = Found(role=role, format=format_)
        found.tell_pickles(pickles)
        found.tell("protocol", pickles.protocol)
        if pickles.count > 1 and not pickles.is_torch:
            found.tell("pickles", pickles.count)
        return found

    def _is_pickle(self) -> bool:
        pickles = self._pickles
        if any(name != COMPUTED and " " not in name for name in pickles.dangerous):
            return True
        if self._is_named:
            return pickles.count > 0 or self._start[:1] == b"\x80" or bool(pickles.dangerous)
        # Short texts can happen to be a pickle of nothing much.
        return pickles.count > 0 and (self._start[:1] == b"\x80" or pickles.has_imports)


_FIRST = frozenset(bytes([byte]) for byte in b"c(]})\x95\x8c")
