"""A project's folder → Plan, Lock, Image, and to where it is wanted: the whole way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boxwright.build.from_plan import Inputs, build_image
from boxwright.errors import BoxwrightError
from boxwright.image.image import Image
from boxwright.lock.make import LOCK_NAME, make_lock
from boxwright.lock.model import PlatformLock
from boxwright.lock.sources import Sources, find_sources
from boxwright.oci.reference import parse_reference
from boxwright.plan.make import make_plan
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.inspect import inspect
from boxwright.project.revision import read_revision
from boxwright.project.settings_file import read_settings
from boxwright.project.tree import FolderTree, Tree
from boxwright.settings import Settings
from boxwright.store.cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A project and what is to be built of it."""

    folder: Path
    settings: Settings
    tree: Tree
    plan: Plan
    sources: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished image, and where it was put."""

    plan: Plan
    lock: PlatformLock
    image: Image
    reference: str
    """`name:tag`."""
    output: Path | None
    engine: str
    """The engine that it was loaded into, if it was."""
    next: str
    """A command to go on with."""

    @property
    def name(self) -> str:
        """The reference without its tag."""
        return parse_reference(self.reference).name
