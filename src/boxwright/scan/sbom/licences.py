"""What packages say of their licences → SPDX expressions, where that is what they say."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

_LONGEST = 300
_MOST_BRACKETS = 20
"""An expression is parsed by recursion."""


@functools.lru_cache(maxsize=4096)
def expression(words: str) -> str:
    """
    Return the SPDX expression that *words* are or mean; nothing where they leave that open.

    >>> expression("mit or apache-2.0"), expression("GPL-2+ and Expat"), expression("BSD License")
    ('MIT OR Apache-2.0', 'GPL-2.0-or-later AND MIT', '')
    """
    words = " ".join(words.split())
    if not words or len(words) > _LONGEST:
        return ""
    known = _names().get(words.lower())
    if known is not None:
        return known
    return _valid(words) or _of_several(words)


def is_one(expression: str) -> bool:
    """
    Tell whether *expression* is the identifier of one licence, without operators.

    >>> is_one("MIT"), is_one("MIT OR Zlib"), is_one("LicenseRef-x")
    (True, False, False)
    """
    return " " not in expression and not expression.startswith("LicenseRef-")


def _valid(words: str) -> str:
    if words.count("(") > _MOST_BRACKETS:
        return ""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        found = canonicalize_license_expression(words)
    except (InvalidLicenseExpression, MemoryError, RecursionError):
        return ""
    return str(found)


def _of_several(words: str) -> str:
    """
    Return the expression for names that `and` and `or` join, where each of them is known.

    A comma changes what belongs together (copyright format 1.0, "Syntax"), and brackets may.
    """
    if any(c in words for c in ",()"):
        return ""
    alternatives = _split(words, "or") if " or " in words.lower() else _split(words, "/")
    found = []
    for alternative in alternatives:
        parts = [_names().get(part.lower()) or _valid(part) for part in _split(alternative, "and")]
        if not all(parts):
            return ""
        found.append(" AND ".join(parts))
    # `A AND B OR C` is `(A AND B) OR C` for SPDX, too.
    return _valid(" OR ".join(found)) if len(alternatives) > 1 or " AND " in found[0] else ""


def _split(words: str, operator: str) -> list[str]:
    if operator == "/":
        return [part.strip() for part in words.split("/")]
    parts: list[list[str]] = [[]]
    for word in words.split(" "):
        if word.lower() == operator:
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(part) for part in parts]


@functools.cache
def _names() -> dict[str, str]:
    text = Path(__file__).with_name("licences.toml").read_text("utf-8")
    rows: dict[str, list[str]] = tomllib.loads(text)["licences"]
    return {name: expression for expression, names in rows.items() for name in names}
