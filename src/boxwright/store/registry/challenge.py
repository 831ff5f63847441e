"""What a registry asks for where it refuses access: the header WWW-Authenticate (RFC 9110, 11.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LARGEST = 4096
_PART = re.compile(
    r'(?P<key>[\w-]+)[ \t]*=[ \t]*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s,"]+))'
    r"|(?P<scheme>[A-Za-z][\w-]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One way in; *scheme* in lower case, the names of *parameters* too."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """
    Return the challenges of *header*, in their order.

    >>> [it.scheme for it in parse_challenges('Basic realm="a", Bearer realm="b",scope="c d"')]
    ['basic', 'bearer']
    >>> parse_challenges('Bearer realm="b",scope="c d"')[0].parameters
    {'realm': 'b', 'scope': 'c d'}
    """
    found: list[Challenge] = []
    for part in _PART.finditer(header[:_LARGEST]):
        if part["scheme"]:
            found.append(Challenge(scheme=part["scheme"].lower()))
        elif found:
            value = part["quoted"] if part["quoted"] is not None else part["bare"]
            found[-1].parameters.setdefault(part["key"].lower(), value)
    return tuple(found)
