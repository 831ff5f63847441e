"""Jupyter notebooks, and what their cells import."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping

from boxwright.errors import ProjectError
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Notebook, Remark
from boxwright.project.tree import Tree

_LARGEST = 50_000_000
"""A notebook with more bytes holds little but output."""
_MOST = 500
_IMPORT = re.compile(r"^\s*(?:from\s+(?P<module>[\w.]+)\s+import\b|import\s+(?P<names>[\w., ]+))")
_STILL_PYTHON = re.compile(r"%%(?:time|timeit|capture|prun|memit|mprun)\b")


def find_notebooks(tree: Tree) -> tuple[list[Notebook], list[Remark]]:
    """Return the notebooks of *tree*, with what could not be read."""
    found = []
    remarks = []
    paths = [path for path in tree.paths() if path.endswith(".ipynb") and tree.link(path) is None]
    for path in paths[:_MOST]:
        try:
            imports = _imports(tree, path)
        except ProjectError as error:
            remarks.append(Remark(text=error.message, hint=error.hint, evidence=(Evidence(path),)))
            imports = ()
        found.append(Notebook(path=path, imports=imports))
    return found, remarks


def _imports(tree: Tree, path: str) -> tuple[str, ...]:
    if tree.size(path) > _LARGEST:
        raise ProjectError(
            f"`{path}` is not looked into: it has {tree.size(path) / 1e6:.0f} MB",
            hint="clear its output: `jupyter nbconvert --clear-output --inplace`",
        )
    unreadable = ProjectError(
        f"`{path}` cannot be read as a notebook", hint="open it in Jupyter and save it again"
    )
    try:
        document = json.loads(read_text(tree, path) or "{}")
    except (ValueError, RecursionError):
        raise unreadable from None
    if not isinstance(document, dict):
        raise unreadable
    if not _is_python(document):
        return ()
    names: set[str] = set()
    for source in _cells(document):
        names |= _names(source)
    return tuple(sorted(names))


def _is_python(document: Mapping[str, object]) -> bool:
    metadata = document.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    return not isinstance(language, str) or language.lower() == "python"


def _cells(document: Mapping[str, object]) -> Iterator[str]:
    """Yield the code cells, those of the format before the fourth version too."""
    sheets = document.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [document]
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        for cell in cells if isinstance(cells, list) else ():
            if not isinstance(cell, dict) or cell.get("cell_type") != "code":
                continue
            source = cell.get("source", cell.get("input", ""))
            if isinstance(source, list):
                source = "".join(each for each in source if isinstance(each, str))
            if isinstance(source, str):
                yield source


def _names(source: str) -> set[str]:
    """Return the top-level modules that a cell imports, whatever else is in it."""
    if source.lstrip().startswith("%%") and not _STILL_PYTHON.match(source.lstrip()):
        return set()
    lines = [
        "" if line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?") else line
        for line in source.splitlines()
    ]
    try:
        with warnings.catch_warnings():
            # What Python has to say of a string's escapes is not our business.
            warnings.simplefilter("ignore")
            tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _names_by_lines(lines)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _names_by_lines(lines: list[str]) -> set[str]:
    names = set()
    for line in lines:
        match = _IMPORT.match(line)
        if match is None:
            continue
        wanted = match["module"] or match["names"]
        for each in wanted.split(","):
            name = each.strip().partition(" ")[0].partition(".")[0]
            if name.isidentifier():
                names.add(name)
    return names
