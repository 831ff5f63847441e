"""Which wheels share a layer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from boxwright.build.wheel_file import WheelFile
from boxwright.errors import BuildError
from boxwright.plan.model import LayerPlan

_OTHERS = 8
"""Layers of an image that hold no wheels: base, system libraries, models, application …"""

_GROUP_BYTES = 24_000_000
"""About how many bytes of small wheels share a layer."""

_LIMIT = 125
"""Docker's graph drivers refuse a deeper image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The content of one layer: *wheels*, sorted by name, or one part of the parts of one wheel."""

    wheels: tuple[WheelFile, ...]
    part: int = 0
    parts: int = 1

    @property
    def title(self) -> str:
        """What the layer is called where people read it."""
        names = ", ".join(f"{wheel.name} {wheel.version}" for wheel in self.wheels)
        return names if self.parts == 1 else f"{names}, part {self.part + 1} of {self.parts}"

    @property
    def short_title(self) -> str:
        """What it is called where there is little room; no two units have the same."""
        if len(self.wheels) == 1:
            return self.title
        first = self.wheels[0]
        return f"{first.name} {first.version} and {len(self.wheels) - 1} more"

    @property
    def size(self) -> int:
        """About how many bytes the layer will have."""
        return sum(wheel.size for wheel in self.wheels) // self.parts


def group(wheels: Sequence[WheelFile], policy: LayerPlan, *, bytecode: bool) -> tuple[Unit, ...]:
    """
    Return the layers of *wheels*, lowest first: large ones, small ones, what was built here.

    *bytecode* tells that every one of them will have a second layer. Large wheels come
    first, by size, split if need be. The small ones are shared out by their names, so
    that one that comes, goes or changes leaves most as they are.
    """
    budget = (min(policy.budget, _LIMIT) - _OTHERS) // (2 if bytecode else 1)
    if budget < 1:
        raise BuildError(
            f"a budget of {policy.budget} layers is too small",
            hint=f"set `budget` under [tool.boxwright.layers] to {_OTHERS + 2} or more",
        )
    by_size = sorted(wheels, key=lambda wheel: (-wheel.size, wheel.name))
    units: list[Unit] = []
    small: list[WheelFile] = []
    # What is built here changes as often as the project does: a layer above all others.
    local = tuple(
        wheel for wheel in sorted(wheels, key=lambda one: one.name) if not wheel.transplant
    )
    budget -= bool(local)
    for wheel in by_size:
        if not wheel.transplant:
            continue
        parts = -(-2 * wheel.size // policy.split_from) if wheel.size >= policy.split_from else 1
        if wheel.size >= policy.own_layer_from and len(units) + parts < budget:
            units.extend(Unit(wheels=(wheel,), part=part, parts=parts) for part in range(parts))
        else:
            small.append(wheel)
    groups = -(-sum(wheel.size for wheel in small) // _GROUP_BYTES)
    shared: dict[int, list[WheelFile]] = {}
    for wheel in sorted(small, key=lambda wheel: wheel.name):
        drawn = int.from_bytes(hashlib.sha256(wheel.name.encode()).digest()[:8])
        shared.setdefault(drawn % max(1, min(groups, budget - len(units))), []).append(wheel)
    units.extend(Unit(wheels=tuple(members)) for _, members in sorted(shared.items()))
    if local:
        units.append(Unit(wheels=local))
    return tuple(units)
