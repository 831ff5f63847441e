"""Where distributions and Debian packages come from: found when first asked for."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.settings import Settings

if TYPE_CHECKING:
    from boxwright.lock.indexes import Indexes
    from boxwright.lock.mirrors import Mirrors
    from boxwright.store.transport import Transport


@dataclass(frozen=True, kw_only=True)
class Sources:
    """
    What *settings*, *environ* and the host's own apt, pip and uv name.

    A build that reuses everything never asks, and so never reads their configuration.
    """

    settings: Settings
    folder: Path
    """The project, which paths in its settings are relative to."""
    environ: Mapping[str, str]
    offline: bool = False

    @functools.cached_property
    def transport(self) -> Transport:
        """How bytes are fetched."""
        from boxwright.store.transport import Transport

        return Transport(
            offline=self.offline,
            environ=self.environ,
            plain_http=frozenset(self.settings.registry.plain_http),
        )

    @functools.cached_property
    def mirrors(self) -> Mirrors:
        """Where Debian packages are fetched from."""
        from boxwright.lock.mirrors import find_mirrors

        return find_mirrors(self.settings, self.environ, folder=self.folder)

    @functools.cached_property
    def indexes(self) -> Indexes:
        """Where Python distributions are fetched from."""
        from boxwright.lock.indexes import find_indexes

        return find_indexes(self.settings, self.folder, self.environ)
