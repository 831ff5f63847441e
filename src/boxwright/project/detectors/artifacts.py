"""Weights and data on disk: their formats and sizes, and those that are not there yet."""

from __future__ import annotations

import functools
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Artifact, Remark
from boxwright.project.tree import Tree
from boxwright.project.views import read_start

_DATA = ("data", "dataset", "datasets", "raw_data", "training_data")
_MODELS = ("model", "models", "weights", "checkpoints", "checkpoint", "artifacts", "pretrained",
           "saved_model", "saved_models", "model_repository")  # fmt: skip
_LEAST = 1_000_000
"""A data file outside of a folder for data counts from this size on."""
_MANY = 50
"""So many pictures or recordings below a folder are a dataset."""
_MOST_READ = 500
_POINTER = b"version https://git-lfs.github.com/spec/"
_SCATTERED = frozenset({"images", "audio", "video", "text", "json", "xml"})
"""Formats of single items, which are no dataset each."""
_ASIDE = frozenset({"docs", "doc", "static", "assets", "templates", "tests", "test", "examples"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    models: Mapping[str, str]
    datasets: Mapping[str, str]
    folders: Mapping[str, str]
    magic: tuple[tuple[str, bytes, int], ...]


@functools.cache
def _table() -> _Table:
    document = tomllib.loads(Path(__file__).with_name("artifacts.toml").read_text("utf-8"))
    return _Table(
        models=document["models"],
        datasets=document["datasets"],
        folders=document["folders"],
        magic=tuple(
            (row["format"], bytes.fromhex(row["bytes"]), row.get("at", 0))
            for row in document["magic"]
        ),
    )


def find_artifacts(
    tree: Tree, models: Sequence[str], shipped: Sequence[str], data: Sequence[str]
) -> tuple[list[Artifact], list[Remark]]:
    """
    Return weights and data in *tree*, the largest first, with what is wrong with them.

    *models* are the files that go into the image as models and *shipped* all that go
    into it; *data* are those that were left out as data.
    """
    finder = _Finder(tree, frozenset(models), frozenset(shipped), frozenset(data))
    found = [*finder.models(), *finder.datasets()]
    found.sort(key=lambda artifact: (-artifact.size, artifact.path))
    return found, finder.remarks


class _Finder:
    def __init__(
        self,
        tree: Tree,
        models: frozenset[str],
        shipped: frozenset[str],
        data: frozenset[str],
    ) -> None:
        self.remarks: list[Remark] = []
        self._tree = tree
        self._models = models
        self._shipped = shipped | models
        self._data = data
        self._paths = [path for path in tree.paths() if tree.link(path) is None]
        self._taken: set[str] = set()
        self._read = 0

    def models(self) -> Iterator[Artifact]:
        """Yield models: folders that are one, folders of several files, and single files."""
        for folder, format_ in self._model_folders():
            inside = [path for path in self._paths if path.startswith(f"{folder}/")]
            inside = [path for path in inside if path not in self._taken]
            yield self._artifact(f"{folder}/", "model", format_, inside)
        beside: dict[str, list[str]] = {}
        for path in self._paths:
            if path not in self._taken and self._is_model(path):
                beside.setdefault(posixpath.dirname(path), []).append(path)
        with_code = {posixpath.dirname(path) for path in self._paths if path.endswith(".py")}
        for folder, weights in sorted(beside.items()):
            largest = max(weights, key=self._tree.size)
            together = [
                path
                for path in self._paths
                if posixpath.dirname(path) == folder and path not in self._taken
            ]
            if folder and folder not in with_code and len(together) > 1:
                yield self._artifact(f"{folder}/", "model", self._format(largest), together)
                self._check(weights)
                continue
            for path in weights:
                yield self._artifact(path, "model", self._format(path), [path])
            self._check(weights)

    def _model_folders(self) -> Iterator[tuple[str, str]]:
        """Yield folders that are one model with all that is below them, outer ones first."""
        found: dict[str, str] = {}
        for path in self._paths:
            folder, name = posixpath.split(path)
            format_ = _table().folders.get(name)
            if not folder or format_ is None or _is_aside(path):
                continue
            if format_ == "triton":
                # `repository/model/config.pbtxt`: the server is given the repository.
                folder = posixpath.dirname(folder) or folder
            found.setdefault(folder, format_)
        for folder in sorted(found):
            if not any(folder.startswith(f"{other}/") for other in found):
                yield folder, found[folder]

    def _is_model(self, path: str) -> bool:
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in _table().models or _is_aside(path) or path in self._data:
            return False
        if path in self._models:
            return True
        if suffix in _table().datasets or suffix in (".bin", ".dat", ".index", ".model", ".pb"):
            # It may be anything: what lies in a folder for models is one.
            return any(part.lower() in _MODELS for part in path.split("/")[:-1])
        return path.split("/")[0].lower() not in _DATA

    def datasets(self) -> Iterator[Artifact]:
        """Yield folders for data as a whole, folders of many items, and large files."""
        free = [
            path
            for path in self._paths
            if path not in self._taken and not path.endswith((".py", ".ipynb", ".md", ".gitkeep"))
        ]
        folders = self._data_folders(free)
        for folder in sorted(folders):
            inside = [path for path in free if path.startswith(f"{folder}/")]
            inside = [path for path in inside if path not in self._taken]
            if inside:
                known = {path: each for path in inside if (each := _format_of_data(path))}
                sizes: dict[str, int] = {}
                for path, each in known.items():
                    sizes[each] = sizes.get(each, 0) + self._tree.size(path)
                format_ = max(sorted(sizes), key=lambda each: sizes[each]) if sizes else "binary"
                yield self._artifact(f"{folder}/", "dataset", format_, inside)
                self._check(inside)
        for path in free:
            found = _format_of_data(path)
            if path in self._taken or found is None or found in _SCATTERED or _is_aside(path):
                continue
            if path in self._data or self._tree.size(path) >= _LEAST or self._is_pointer(path):
                yield self._artifact(path, "dataset", found, [path])
                self._check([path])

    def _data_folders(self, free: Sequence[str]) -> set[str]:
        counts: dict[str, int] = {}
        named = set()
        for path in free:
            parts = path.split("/")[:-1]
            at = next((n for n, part in enumerate(parts) if part.lower() in _DATA), None)
            if at is not None and at <= 1 and _format_of_data(path) is not None:
                named.add("/".join(parts[: at + 1]))
            elif parts and not _is_aside(path) and _format_of_data(path) in ("images", "audio"):
                counts[parts[0]] = counts.get(parts[0], 0) + 1
        return named | {folder for folder, count in counts.items() if count >= _MANY}

    def _artifact(self, path: str, kind: str, format_: str, files: Sequence[str]) -> Artifact:
        self._taken.update(files)
        return Artifact(
            path=path,
            kind=kind,
            format=format_,
            size=sum(self._tree.size(each) for each in files),
            is_shipped=any(each in self._shipped for each in files),
        )

    # First bytes

    def _start(self, path: str) -> bytes:
        self._read += 1
        if self._read > _MOST_READ:
            return b""
        try:
            return read_start(self._tree, path, 64)
        except ProjectError:
            return b""

    def _is_pointer(self, path: str) -> bool:
        return self._tree.size(path) < 1024 and self._start(path).startswith(_POINTER)

    def _format(self, path: str) -> str:
        """Return the format of a model by its first bytes, or else by its suffix."""
        by_suffix = _table().models[posixpath.splitext(path)[1].lower()]
        start = self._start(path)
        for format_, magic, at in _table().magic:
            if start[at : at + len(magic)] == magic:
                return format_
        if by_suffix == "binary" or (by_suffix == "torch" and path.endswith(".bin")):
            return _guessed(start) or by_suffix
        return by_suffix

    def _check(self, paths: Sequence[str]) -> None:
        """Remark what is not what its name says: a pointer of Git LFS, or a page of an error."""
        pointers = []
        for path in paths:
            size = self._tree.size(path)
            if size >= 1024 and not path.endswith((".safetensors", ".gguf", ".onnx", ".parquet")):
                continue
            start = self._start(path)
            if start.startswith(_POINTER):
                pointers.append(path)
            elif re.match(rb"\s*<(?:!doctype|html|\?xml)", start, re.IGNORECASE) and not (
                path.endswith((".xml", ".html"))
            ):
                self.remarks.append(
                    Remark(
                        text=f"`{path}` is a web page, not what its name says",
                        hint="a download has failed: fetch the file again",
                        evidence=(Evidence(path),),
                    )
                )
            elif size == 0 and path.endswith(tuple(_table().models)):
                self.remarks.append(Remark(text=f"`{path}` is empty", evidence=(Evidence(path),)))
        if pointers:
            others = f" and {len(pointers) - 1} more" if len(pointers) > 1 else ""
            verb = "are pointers" if others else "is a pointer"
            self.remarks.append(
                Remark(
                    text=f"`{pointers[0]}`{others} {verb} of Git LFS, not the content",
                    hint="fetch it: `git lfs pull`",
                    evidence=tuple(Evidence(path) for path in pointers[:5]),
                )
            )


def _is_aside(path: str) -> bool:
    return path.split("/")[0].lower() in _ASIDE


def _format_of_data(path: str) -> str | None:
    return _table().datasets.get(posixpath.splitext(path)[1].lower())


def _guessed(start: bytes) -> str | None:
    """Return what a file with a suffix that says nothing is."""
    if start.startswith(b"PK\x03\x04"):
        return "torch"
    if len(start) > 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 10**8:
        return "safetensors"
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    return None
