"""A wheel that goes into the image."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from boxwright.oci.digest import Digest, parse_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFile:
    """A wheel on this machine, with what the lock says of it."""

    name: str
    version: str
    path: Path
    digest: Digest
    size: int
    transplant: bool = True
    """
    Whether its packed bytes are the same for everybody.

    Those of a wheel that was built here depend on this machine's zlib, so they are
    packed again.
    """
    filename: str = ""
    """What its publisher calls it, where *path* does not end in that."""
    direct_url: str = ""
    """The content of its direct_url.json (PEP 610), for what came from no index."""

    @property
    def label(self) -> str:
        """What messages call it."""
        if self.filename or self.path.suffix == ".whl":
            return self.filename or self.path.name
        return f"{self.name} {self.version}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, for a worker."""
        return {**asdict(self), "path": str(self.path)}

    @staticmethod
    def from_dict(document: dict[str, Any]) -> WheelFile:
        """Return what `to_dict` gave."""
        return WheelFile(
            **{
                **document,
                "path": Path(document["path"]),
                "digest": parse_digest(document["digest"]),
            }
        )
