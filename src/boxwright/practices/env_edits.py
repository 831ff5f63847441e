"""Taking a variable out of ENV, or an element out of a variable that lists paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from boxwright.practices.run_edits import without_lines
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Env, Pair


class EnvEdit(NamedTuple):
    """A change of an ENV."""

    edit: Edit
    changes: tuple[str, ...]
    """What it does to the structure of the file: `-ENV` where nothing is left."""


def without_pair(env: Env, pair: Pair) -> EnvEdit | None:
    """Return the change that takes *pair* out of *env*; None where a comment would go with it."""
    if len(env.pairs) == 1 and not env.stray_words:
        return EnvEdit(without_lines(env), ("-ENV",)) if env.parent is None else None
    at = env.pairs.index(pair)
    if at:
        edit = Edit(env.pairs[at - 1].span.end, pair.span.end, "")
    else:
        edit = Edit(pair.span.start, env.pairs[1].span.start, "")
    if any(edit.start <= comment.span.start < edit.end for comment in env.dockerfile.comments):
        return None
    return EnvEdit(edit, ())


def without_elements(env: Env, pair: Pair, leaves: Callable[[str], bool]) -> EnvEdit | None:
    """
    Return the change that takes the elements out of the path list *pair* that *leaves* tells.

    Where nothing or only the variable itself is left, the variable goes.
    """
    raw = pair.value.raw
    quote = raw[:1] if raw[:1] in {'"', "'"} and raw.endswith(raw[:1]) and len(raw) > 1 else ""
    inner = raw[1:-1] if quote else raw
    if set("\"'\\`").intersection(inner):
        return None
    elements = path_elements(inner)
    kept = [element for element in elements if not leaves(element)]
    itself = {f"${pair.name.value}", f"${{{pair.name.value}}}"}
    if len(kept) == len(elements):
        return None
    if all(not element or element in itself or _is_optional(element) for element in kept):
        return without_pair(env, pair)
    # `${PATH:+:$PATH}` brings its own colon.
    joined = kept[0]
    for element in kept[1:]:
        joined += element if _is_optional(element) else f":{element}"
    return EnvEdit(Edit.replace(pair.value.span, f"{quote}{joined}{quote}"), ())


def path_elements(text: str) -> list[str]:
    """
    Return the parts of *text* between colons; `${X:+:$X}` is one.

    >>> path_elements("/a:/b${PATH:+:$PATH}")
    ['/a', '/b', '${PATH:+:$PATH}']
    """
    parts = [""]
    depth = 0
    for at, character in enumerate(text):
        if text.startswith("${", at):
            if not depth and parts[-1] and text.find(":+:", at) > 0:
                parts.append("")
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        if character == ":" and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _is_optional(element: str) -> bool:
    return element.startswith("${") and ":+:" in element
