"""Debian packages that a project names for a host that installs them: `packages.txt`, `apt.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boxwright.errors import ProjectError
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact
from boxwright.project.tree import Tree

_FILES = ("packages.txt", "apt.txt", "binder/apt.txt", ".binder/apt.txt", "Aptfile")
"""Of Hugging Face and Streamlit, of Binder, of Heroku."""
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def find_debian_packages(tree: Tree) -> Iterator[Fact]:
    """Yield the packages; a file of that name with anything else in it is another one."""
    paths = set(tree.paths())
    for path in _FILES:
        if path not in paths:
            continue
        try:
            lines = read_text(tree, path).splitlines()
        except ProjectError:
            continue
        found = []
        for number, line in enumerate(lines, start=1):
            text = line.partition("#")[0].strip()
            if text:
                found.append(Fact(value=text, evidence=Evidence(path, number, text)))
        names = [fact.value for fact in found]
        if all(_NAME.fullmatch(name) and "==" not in name for name in names):
            yield from found
