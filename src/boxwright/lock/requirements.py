"""What has to be known of requirements files before uv reads them: hashes and references."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from boxwright.errors import LockError

_HASH = re.compile(r"--hash[=\s]+sha256:(?P<hex>[0-9a-fA-F]{64})")
_REFERENCE = re.compile(
    r"^(?:-r|--requirement|-c|--constraint)(?:\s+|=)(?P<path>\S+)|^-[rc](?P<glued>\S+)"
)
_COMMENT = re.compile(r"(^|\s)#.*$")


def read_hashes(path: Path) -> frozenset[str]:
    """Return every sha256 that the requirements file *path* or one it refers to allows."""
    return frozenset(
        match["hex"].lower()
        for file in references(path)
        for line in _lines(file)
        for match in _HASH.finditer(line)
    )


def references(path: Path) -> tuple[Path, ...]:
    """Return *path* and the local files that it refers to with `-r` and `-c`, each once."""
    found: list[Path] = []
    waiting = [path]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.append(file)
        for line in _lines(file):
            match = _REFERENCE.match(line)
            place = match and (match["path"] or match["glued"])
            if place and "://" not in place:
                waiting.append(file.parent / place)
    return tuple(found)


def _lines(path: Path) -> Iterator[str]:
    """Yield the logical lines, without comments."""
    try:
        content = path.read_bytes()
        # PowerShell writes UTF-16, which pip and uv read too.
        is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise LockError(
            f"the requirements file `{path.name}` cannot be read: {reason}",
            hint="check the path and what refers to it",
        ) from error
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if bare := _COMMENT.sub("", line).strip():
            yield bare
