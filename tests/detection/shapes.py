"""
The projects of the suite: one text a project, written out as a folder.

Before the first section stands where one meets such a project. Then every file has a
section, whose title may say in brackets what the text alone does not:

    === data/train.csv (size=1.2 GB)
    === notes.py (bom, crlf)
    === latest -> models/v2

`size` makes the file that large without using the disk; `bom`, `crlf`, `utf-16`,
`utf-16-be`, `latin-1` say how it is written; `executable` sets that bit. The text of a
notebook is that of its cells, each begun by `# %%` or `# %% [markdown]`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent / "projects"
_TITLE = re.compile(r"=== (?P<path>.+?)(?: -> (?P<link>.+?))?(?: \((?P<says>[^()]*)\))?")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_CELL = re.compile(r"^# %%(?: \[(\w+)\])?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a project, or a link."""

    path: str
    text: str = ""
    link: str = ""
    says: frozenset[str] = field(default_factory=frozenset)

    @property
    def content(self) -> bytes:
        """What the file begins with, or all of it where no size is said."""
        text = _notebook(self.text) if self._is_notebook() else self.text
        if "crlf" in self.says:
            text = text.replace("\n", "\r\n")
        if "bom" in self.says:
            text = f"\ufeff{text}"
        if "utf-16" in self.says:
            return f"\ufeff{text}".encode("utf-16-le")
        if "utf-16-be" in self.says:
            return f"\ufeff{text}".encode("utf-16-be")
        return text.encode("latin-1" if "latin-1" in self.says else "utf-8")

    @property
    def size(self) -> int | None:
        """Its size in bytes, where the section says one."""
        for word in self.says:
            if word.startswith("size="):
                number, _, unit = word.removeprefix("size=").partition(" ")
                return round(float(number) * _UNITS[unit])
        return None

    def _is_notebook(self) -> bool:
        return self.path.endswith(".ipynb") and self.text.startswith("# %%")


def shapes() -> list[str]:
    """Return the names of all expectations, sorted: of projects, and of folders in them."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read_shape(name: str) -> tuple[File, ...]:
    """Return the files of the project *name*."""
    return tuple(parse((HERE / f"{name}.txt").read_text("utf-8")))


def parse(text: str) -> list[File]:
    """
    Return the files in *text*.

    >>> parse("Seen anywhere.\\n\\n=== a.py\\nprint()\\n\\n=== b -> a.py\\n")[0].text
    'print()\\n'
    """
    found: list[File] = []
    title: re.Match[str] | None = None
    lines: list[str] = []

    def close() -> None:
        if title is None:
            return
        body = list(lines)
        if body and not body[-1]:
            body.pop()
        says = frozenset(word.strip() for word in (title["says"] or "").split(",") if word.strip())
        found.append(
            File(
                path=title["path"],
                text="".join(f"{line}\n" for line in body),
                link=title["link"] or "",
                says=says,
            )
        )

    for line in text.splitlines():
        match = _TITLE.fullmatch(line)
        if match is not None:
            close()
            title = match
            lines = []
        elif title is not None:
            lines.append(line)
    close()
    return found


def write_shape(name: str, folder: Path) -> Path:
    """Write the project *name* below *folder*; return its own folder, which has its name."""
    root = folder / name
    root.mkdir()
    for file in read_shape(name):
        place = root / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.link:
            place.symlink_to(file.link)
            continue
        place.write_bytes(file.content)
        if file.size is not None:
            os.truncate(place, file.size)
        if "executable" in file.says:
            place.chmod(0o755)
    return root


def _notebook(text: str) -> str:
    """Return the notebook whose cells *text* has."""
    parts = _CELL.split(text)[1:]
    cells = []
    for kind, source in zip(parts[::2], parts[1::2], strict=True):
        cell: dict[str, object] = {
            "cell_type": kind or "code",
            "metadata": {},
            "source": source.strip("\n").splitlines(keepends=True),
        }
        if not kind:
            cell |= {"execution_count": None, "outputs": []}
        cells.append(cell)
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    document = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1)
