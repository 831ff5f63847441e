"""Which instructions say a name: a variable's, for one."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Instruction


@functools.lru_cache(maxsize=1)
def mentions(build: Build) -> Mapping[str, tuple[Instruction, ...]]:
    """Return the instructions of *build* by the names in them, those in heredocs too."""
    found: dict[str, list[Instruction]] = {}
    pattern = _name()
    for instruction in build.dockerfile.instructions:
        names = set(pattern.findall(instruction.line.text))
        for heredoc in instruction.heredocs:
            names.update(pattern.findall(heredoc.content.text))
        for name in names:
            found.setdefault(name, []).append(instruction)
    return {name: tuple(instructions) for name, instructions in found.items()}


@functools.cache
def _name() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
