"""What known registries do otherwise than the specification lets one expect (`quirks.toml`)."""

from __future__ import annotations

import fnmatch
import functools
import importlib.resources
import tomllib
from dataclasses import dataclass

from boxwright.errors import StoreError
from boxwright.oci.descriptor import Descriptor
from boxwright.store.transport import readable_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """The limits of a registry; zero is none."""

    name: str = ""
    largest_layer: int = 0
    """Bytes that a blob may have."""
    minutes: int = 0
    """How long an upload may take."""
    chunk: int = 0
    """Bytes that one PATCH of several may have."""
    resumes: bool = True
    """Whether an upload can be made in parts, and taken up where it was cut."""

    def check(self, descriptor: Descriptor, what: str) -> None:
        """Raise StoreError where the registry would not take *descriptor*, *what* in messages."""
        if self.largest_layer and descriptor.size > self.largest_layer:
            raise StoreError(
                f"{what} has {readable_size(descriptor.size)}, and {self.name} takes"
                f" {readable_size(self.largest_layer)} for a layer at most",
                hint="give the image more and smaller layers, or mount what is large (models, data)"
                " when it runs instead of packing it",
            )


def quirks_of(host: str) -> Quirks:
    """
    Return what is known of the registry *host*, with or without a port.

    >>> quirks_of("123456789012.dkr.ecr.eu-west-1.amazonaws.com").resumes
    False
    >>> quirks_of("registry.example:5000")
    Quirks(name='', largest_layer=0, minutes=0, chunk=0, resumes=True)
    """
    name = host.partition(":")[0].lower()
    for patterns, quirks in _known():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return quirks
    return Quirks()


@functools.cache
def _known() -> tuple[tuple[tuple[str, ...], Quirks], ...]:
    text = importlib.resources.files(__package__).joinpath("quirks.toml").read_text("utf-8")
    return tuple(
        (
            tuple(entry["hosts"]),
            Quirks(
                name=entry["name"],
                largest_layer=entry.get("largest_layer", 0),
                minutes=entry.get("minutes", 0),
                chunk=entry.get("chunk", 0),
                resumes=entry.get("resumes", True),
            ),
        )
        for entry in tomllib.loads(text)["registry"]
    )
