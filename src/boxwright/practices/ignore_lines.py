"""Which patterns an ignore file lacks for the files that are there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

from boxwright.practices.context import heavy_folder
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.context import Context, Folder

_HISTORY = frozenset({".git", ".hg", ".svn"})
_READS_HISTORY = (
    "setuptools_scm",
    "setuptools-scm",
    "hatch-vcs",
    "hatch_vcs",
    "versioneer",
    "pbr",
    "poetry-dynamic-versioning",
    "dunamai",
    "versioningit",
    "GitPython",
)


class Missing(NamedTuple):
    """A pattern that would leave out what no image needs."""

    pattern: str
    what: str
    """`a virtual environment of the host`"""
    size: int
    files: int
    is_certain: bool
    """Whether nothing that an image does depends on it; data and results may be read."""


def missing_patterns(context: Context) -> tuple[Missing, ...]:
    """Return the patterns that *context* needs besides its own, the largest first."""
    found: dict[str, Missing] = {}
    for folder in context.heavy_folders:
        pattern = _pattern(folder)
        is_certain = _is_certain(context, folder)
        known = found.get(pattern)
        size, files = (known.size, known.files) if known else (0, 0)
        found[pattern] = Missing(
            pattern,
            folder.what,
            size + folder.size,
            files + folder.files,
            is_certain and (known is None or known.is_certain),
        )
    bytecode = [path for path in context.paths() if path.endswith((".pyc", ".pyo"))]
    loose = [path for path in bytecode if "__pycache__" not in path.split("/")]
    if loose and "**/*.pyc" not in found:
        size = sum(context.size(path) for path in loose)
        found["**/*.pyc"] = Missing("**/*.pyc", "bytecode", size, len(loose), is_certain=True)
    return tuple(sorted(found.values(), key=lambda item: (-item.size, item.pattern)))


def listed(names: Iterable[str], most: int = 4) -> str:
    """
    Return *names* as a list in a sentence.

    >>> listed(["a", "b"]), listed("abcdef", most=3)
    ('`a` and `b`', '`a`, `b`, `c` and 3 more')
    """
    quoted = [f"`{name}`" for name in names]
    more = len(quoted) - most
    if more > 0:
        return f"{', '.join(quoted[:most])} and {more} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))


def _pattern(folder: Folder) -> str:
    path = folder.path
    name = posixpath.basename(path)
    if heavy_folder(name) is not None and name != "runs":
        # Of most of them there may be one in every folder.
        return name if path == name and name in _ONLY_ONE else f"**/{name}"
    return path


_ONLY_ONE = _HISTORY | {".venv", "venv", ".conda", ".pixi", ".tox", ".nox", "wandb", "mlruns"}


def _is_certain(context: Context, folder: Folder) -> bool:
    name = posixpath.basename(folder.path)
    if name in _HISTORY:
        return not any(
            word in (context.read_text(path) or "")
            for path in ("pyproject.toml", "setup.py", "setup.cfg")
            for word in _READS_HISTORY
        )
    if name in {"runs", "node_modules", ".cache", "mlruns", "mlartifacts"}:
        return False
    return heavy_folder(name) is not None or folder.what.startswith("a virtual environment")
