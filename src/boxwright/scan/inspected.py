"""An image that was looked into: its documents, its history, and what each layer holds."""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.image.image import Image
from boxwright.oci.config import ImageConfig
from boxwright.scan.layer_index import LayerIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An entry of the build history."""

    created_by: str
    """As the image has it: `RUN /bin/sh -c pip install torch # buildkit`."""
    created: str = ""
    """RFC 3339; empty where the image does not say."""
    comment: str = ""
    layer: int | None = None
    """Which layer it made, counted from 0; None where it made none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedLayer:
    """A layer, and what is in it."""

    at: int
    """Counted from 0, the lowest."""
    digest: str
    """Of its blob."""
    media_type: str
    size: int
    """Bytes of its blob, as it is stored and sent."""
    diff_id: str
    """As the configuration promises it."""
    step: int | None = None
    """Which entry of the history made it; None where the history does not tell."""
    index: LayerIndex | None = None
    """None where it could not be read."""
    problem: str = ""
    """Why it could not be read, or how it is not what it says, in a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """An image, from its documents down to the members of its layers."""

    name: str
    """As the user called it."""
    image: Image
    config: ImageConfig
    history: tuple[Step, ...]
    layers: tuple[InspectedLayer, ...]
    problems: tuple[str, ...] = ()
    """What of it is not what it says, beyond single layers, in clauses."""
