"""
The document of a look → a page: one file that loads nothing, and that nothing in an image can harm.

What images hold is hostile. It reaches the page as JSON in a block that browsers do not run, with
every character that is invisible, or that turns the direction of writing, as an escape that can be
seen. The script puts it into text nodes. And the page's policy lets run only this script, named by
its digest, and lets nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from pathlib import Path
from typing import Any

from boxwright.report.findings_printable import printable

_LONGEST = 8000
"""Characters that are shown of a text of the image, at most."""
_NOT_COMPARED = (
    "tree",
    "history",
    "causes",
    "actions",
    "waste",
    "artifacts",
    "gpu",
    "hidden_packages",
)
"""Parts of a document that a comparison does not look at."""
_OWN_TEXTS = frozenset({"page"})
"""Keys of texts that are Boxwright's own, with lines."""
_PAGE = Path(__file__).with_name("page")


def page(document: dict[str, Any], other: dict[str, Any] | None = None) -> str:
    """Return the page of *document*, compared with the image of *other* where that is given."""
    if other is not None:
        other = {key: value for key, value in other.items() if key not in _NOT_COMPARED}
    style, script = _text("page.css"), _text("page.js")
    parts = {
        "policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'",
        "title": html.escape(f"{printable(str(document['image']['name']))[:200]}: Boxwright"),
        "style": style,
        "script": script,
        "data": embedded({"document": document, "other": other}),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _text("page.html"))


def embedded(value: Any) -> str:  # noqa: ANN401 (any JSON)
    r"""
    Return *value* as JSON that can stand in a script element, made harmless to look at.

    >>> embedded({"name": "</script>\u202e"})
    '{"name":"\\u003c/script\\u003e\\\\u202e"}'
    """
    text = json.dumps(_harmless(value), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _harmless(value: Any, key: str = "") -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        if key in _OWN_TEXTS:
            return value
        return printable(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    if isinstance(value, dict):
        return {printable(name): _harmless(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_harmless(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _text(name: str) -> str:
    return (_PAGE / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
