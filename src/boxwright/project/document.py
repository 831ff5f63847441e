"""Text files of a project: their bytes → text, or a TOML document."""

from __future__ import annotations

import re
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.tree import Tree

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def read_text(tree: Tree, path: str) -> str:
    """Return the text of *path*: UTF-8, or UTF-16 where a byte order mark says so."""
    content = tree.read(path)
    encoding = "utf-8"
    for mark, named in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            content = content[len(mark) :]
            encoding = named
            break
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProjectError(
            f"{path}:{line}: the text is not {encoding.upper()}",
            hint="save the file as UTF-8",
        ) from None


def parse_toml(tree: Tree, path: str) -> dict[str, Any]:
    """Return the TOML document *path*."""
    import tomllib

    try:
        return tomllib.loads(read_text(tree, path))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column \d+\)$", message)
        where = f"{path}:{place[1]}" if place else path
        reason = message[: place.start()] if place else message
        raise ProjectError(
            f"{where}: not valid TOML: {reason[:1].lower()}{reason[1:]}",
            hint="mend the line; strings need quotes, and a table may be there only once",
        ) from None
    except RecursionError:
        raise ProjectError(f"{path}: not valid TOML: nested too deeply") from None
