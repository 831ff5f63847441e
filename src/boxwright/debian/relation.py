"""Relations between packages: `libc6 (>= 2.36), awk | mawk` (Debian Policy, chapter 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ALTERNATIVE = re.compile(
    r"(?P<name>[a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?"
    r"\s*(?:\(\s*(?P<operator><<|<=|=|>=|>>|<|>)\s*(?P<version>[^)\s]+)\s*\))?"
    r"\s*(?:\[[^]]*\])?\s*(?:<[^>]*>\s*)*"
)


@dataclass(frozen=True, slots=True)
class Relation:
    """One package that would do; *operator* and *version* are empty where any version will."""

    name: str
    operator: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.operator} {self.version})" if self.operator else self.name


def parse_relations(field: str) -> tuple[tuple[Relation, ...], ...]:
    """
    Return the groups of *field*, each with its alternatives in order.

    Raises ValueError where it is not a list of relations.

    >>> [[str(one) for one in group] for group in parse_relations("libc6 (>= 2.36), a | b:any")]
    [['libc6 (>= 2.36)'], ['a', 'b']]
    """
    return tuple(
        tuple(_alternative(text) for text in group.split("|"))
        for group in field.split(",")
        if group.strip()
    )


def _alternative(text: str) -> Relation:
    match = _ALTERNATIVE.fullmatch(text.strip())
    if match is None:
        msg = f"`{text.strip()}` is no relation to a package"
        raise ValueError(msg)
    # Deprecated spellings: `<` and `>` mean `<=` and `>=`.
    operator = {"<": "<=", ">": ">="}.get(match["operator"] or "", match["operator"] or "")
    return Relation(match["name"], operator, match["version"] or "")
