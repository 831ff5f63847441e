"""The folders of an image's final filesystem → a tree with bars, largest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from boxwright.errors import BoxwrightError
from boxwright.report.bars import bar, fitted, padded, share
from boxwright.report.findings_printable import printable
from boxwright.report.size import human_size
from boxwright.scan.filesystem import Live
from boxwright.scan.layer_index import DIRECTORY

_LISTED = 12
"""Entries of a folder that are shown; the rest is one line."""
_DEEPEST = 20
_BAR = 16


@dataclass(slots=True)
class _Folder:
    size: int = 0
    files: int = 0
    folders: dict[str, _Folder] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)


def folders_text(
    files: Mapping[str, Live], path: str = "", *, depth: int = 2, width: int = 80
) -> str:
    """
    Return what is below *path* of the final filesystem *files*, *depth* folders deep.

    Raises BoxwrightError where the image has no such path.
    """
    path = "/".join(part for part in path.split("/") if part and part != ".")
    root = _folder(files, path, min(max(depth, 1), _DEEPEST))
    lines = list(_lines(root, root, f"/{path}", "", width))
    return "\n".join(lines) + "\n"


def _folder(files: Mapping[str, Live], path: str, depth: int) -> _Folder:
    root = _Folder()
    below = f"{path}/" if path else ""
    for name, live in files.items():
        if not name.startswith(below):
            continue
        is_folder = live.member.kind == DIRECTORY
        parts = name[len(below) :].split("/", depth)
        folder = root
        folder.size += live.member.size
        folder.files += not is_folder
        for part in parts[: depth if len(parts) > depth or is_folder else -1]:
            folder = folder.folders.setdefault(part, _Folder())
            folder.size += live.member.size
            folder.files += not is_folder
        if len(parts) <= depth and not is_folder:
            folder.entries[parts[-1]] = live.member.size
    if path and not root.files and not root.folders:
        found = files.get(path)
        if found is None:
            parent = path.rpartition("/")[0]
            raise BoxwrightError(
                f"the image has no `/{printable(path)}`",
                hint=f"`--tree /{printable(parent)}` shows what is there"
                if parent in files
                else "`--tree /` shows what is there",
            )
        root.size, root.files = found.member.size, int(found.member.kind != DIRECTORY)
    return root


def _lines(root: _Folder, folder: _Folder, name: str, indent: str, width: int) -> Iterator[str]:
    """Yield the line of *folder* and those below it, without recursion into what is not shown."""
    yield _line(folder.size, root.size, name, width)
    pending = [(indent, iter(_below(folder)))]
    while pending:
        indent, entries = pending[-1]
        following = next(entries, None)
        if following is None:
            pending.pop()
            continue
        name, size, inside, is_last = following
        branch = "└─ " if is_last else "├─ "
        shown = f"{indent}{branch}{name}"
        yield _line(size, root.size, shown, width)
        if inside is not None:
            pending.append((indent + ("   " if is_last else "│  "), iter(_below(inside))))


def _below(folder: _Folder) -> list[tuple[str, int, _Folder | None, bool]]:
    found: list[tuple[str, int, _Folder | None]] = [
        (f"{printable(name)}/", inside.size, inside) for name, inside in folder.folders.items()
    ]
    found += [(printable(name), size, None) for name, size in folder.entries.items()]
    found.sort(key=lambda entry: (-entry[1], entry[0]))
    rest = found[_LISTED:]
    if len(rest) > 1:
        found = found[:_LISTED]
        found.append((f"{len(rest)} more", sum(size for _, size, _ in rest), None))
    return [(*entry, at == len(found) - 1) for at, entry in enumerate(found)]


def _line(size: int, total: int, name: str, width: int) -> str:
    row = f"{human_size(size):>9} {padded(bar(size, total, _BAR), _BAR)} {share(size, total):>6}  "
    return row + fitted(name, max(width - len(row), 20))
