"""Plan and Lock → Image: the steps, lowest layer first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from boxwright.build.application import application_layer, model_layer
from boxwright.build.base import base_layer, open_interpreter, system_layer
from boxwright.build.config import image_annotations, image_config
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheels import wheel_layers
from boxwright.errors import BuildError
from boxwright.image.compression import encoder_is_pinned
from boxwright.image.entry import MTIME
from boxwright.image.image import Image, make_image
from boxwright.lock.fetch import fetch_wheels
from boxwright.lock.indexes import Indexes
from boxwright.lock.mirrors import Mirrors
from boxwright.lock.model import PlatformLock
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.revision import Revision
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a build reads besides the plan and the lock."""

    folder: Path
    """The project."""
    tree: Tree
    revision: Revision | None
    epoch: int | None
    """SOURCE_DATE_EPOCH: the image's time, if the user decides it."""
    transport: Transport
    mirrors: Mirrors
    indexes: Indexes
    allowed_secrets: tuple[str, ...] = ()
    jobs: int = 1


def build_image(
    plan: Plan, lock: PlatformLock, inputs: Inputs, *, cache: Cache, progress: Progress
) -> Image:
    """
    Return the image of *plan*, made of exactly what *lock* names.

    No program of the project or of its dependencies is run, but for build backends of
    what is published without a wheel.
    """
    if not encoder_is_pinned():
        raise BuildError(
            "the installed package `deflate` packs otherwise than this boxwright expects",
            hint="install the version that boxwright asks for: `pip install 'deflate==0.9.*'`",
        )
