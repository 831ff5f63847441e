"""Where a wheel has its files once it is installed: remembered, because it is asked for often."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from boxwright.build.wheel_file import WheelFile
from boxwright.wheel.archive import open_wheel
from boxwright.wheel.spread import Environment, Spread, Target, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelTree:
    """The files of a wheel."""

    paths: Mapping[str, str]
    """By path relative to the environment's prefix, sorted: what is the same in equal files."""
    sources: Mapping[str, int]
    """Modules that byte code can be made of, with their sizes; paths as in *paths*."""

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as JSON."""
        return {"paths": dict(self.paths), "sources": dict(self.sources)}

    @staticmethod
    def from_dict(document: dict[str, Any]) -> WheelTree:
        """Return what `to_dict` gave; ValueError where *document* is something else."""
        try:
            return msgspec.convert(document, WheelTree)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error


def tree_of(found: Spread, environment: Environment) -> WheelTree:
    """Return where the files of *found* are."""
    prefix = len(environment.prefix.lstrip("/")) + 1
    return WheelTree(
        paths={target.path[prefix:]: _identity(target) for target in found.targets},
        sources={
            target.path[prefix:]: target.member.size
            for target in module_targets(found, environment)
            if target.member is not None
        },
    )


def survey(wheel: WheelFile, environment: Environment) -> WheelTree:
    """Read from *wheel* itself where its files are."""
    with open_wheel(wheel.path, wheel.label) as archive:
        return tree_of(spread(archive, environment, direct_url=wheel.direct_url), environment)


def module_targets(found: Spread, environment: Environment) -> list[Target]:
    """Return the modules of *found*, sorted by path: what byte code can be made of."""
    site = f"{environment.prefix}/{environment.site_packages}/".lstrip("/")
    return [
        target
        for target in found.targets
        if target.path.endswith(".py")
        and target.path.startswith(site)
        and target.member is not None
    ]


def _identity(target: Target) -> str:
    """Return what two targets have in common that are the same file, as far as RECORDs tell."""
    row = target.row
    told = f"{row.algorithm}={row.digest},{target.mode:o}".encode()
    return base64.b64encode(hashlib.sha256(told).digest()[:12]).decode()
