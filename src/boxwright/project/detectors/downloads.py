"""Weights and data that the code fetches when it runs."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.project.detectors.modules import Constants, Module, keyword
from boxwright.project.facts import Download, Remark
from boxwright.project.tree import Tree

PATTERN = (
    rb"from_pretrained|hf_hub_download|snapshot_download|SentenceTransformer|CrossEncoder|load_dataset"
    rb"|WhisperModel|\bLLM\(|SetFitModel|pipeline\(|pretrained|weights|hub\.load|whisper|clip\.load"
    rb"|easyocr|keras\.applications|tensorflow_hub|YOLO\(|RTDETR|SAM\(|nltk\.download|gensim\.downloader"
    rb"|fetch_\w+|create_model|silero_vad|EngineArgs|tensorflow_datasets"
)
"""What the files have that are of interest here."""
_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?(?::[\w.-]+)?")

_FOLDERS = frozenset(
    {"checkpoint", "checkpoints", "ckpt", "ckpts", "model", "models", "weights", "pretrained",
     "output", "outputs", "results", "runs", "data", "saved_models", "artifacts", "cache"}
)  # fmt: skip
"""What begins a path rather than the name of an organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    library: str
    calls: tuple[str, ...]
    arguments: tuple[str, ...]
    at: int
    sets: tuple[str, ...]
    always: bool


@functools.cache
def _rows() -> tuple[_Row, ...]:
    document = tomllib.loads(Path(__file__).with_name("downloads.toml").read_text("utf-8"))
    return tuple(
        _Row(
            library=row["library"],
            calls=tuple(row["calls"]),
            arguments=tuple(row.get("arguments", ())),
            at=row.get("at", 0),
            sets=tuple(row.get("sets", ())),
            always=row.get("always", False),
        )
        for row in document["downloads"]
    )


@functools.cache
def _by_call() -> tuple[Mapping[str, _Row], tuple[tuple[str, _Row], ...]]:
    exact = {}
    begins = []
    for row in _rows():
        for call in row.calls:
            if call.endswith("*"):
                begins.append((call[:-1], row))
            else:
                exact[call] = row
    return exact, tuple(begins)


def _row_of(full: str, method: str) -> _Row | None:
    exact, begins = _by_call()
    row = exact.get(full) or exact.get(method)
    if row is None and "." in full:
        row = next((each for start, each in begins if full.startswith(start)), None)
    return row


def find_downloads(
    tree: Tree, modules: Sequence[tuple[Module, str]], constants: Constants
) -> tuple[list[Download], list[Remark]]:
    """Return what *modules*, each with its scope, fetch when they run, and a remark on services."""
    paths = tree.paths()
    present = {*paths, *tree.folders()}
    found: dict[tuple[str, str, str], Download] = {}
    for module, scope in modules:
        for download in _in_module(module, scope, constants, present):
            found.setdefault((download.library, download.name, scope), download)
    downloads = list(found.values())
    return downloads, list(_remarks(downloads))


def _in_module(
    module: Module, scope: str, constants: Constants, present: set[str]
) -> Iterator[Download]:
    for _, call in module.calls:
        full = module.resolve(call.func)
        method = f".{call.func.attr}" if isinstance(call.func, ast.Attribute) else ""
        row = _row_of(full, method)
        if row is None:
            continue
        name = _name(module, constants, call, row)
        if name is not None and not _is_here(name, present, row):
            revision = keyword(call, "revision", "commit_hash")
            yield Download(
                name=name,
                library=row.library,
                evidence=module.evidence(call, f"{(full or method).rpartition('.')[2]}()"),
                scope=scope,
                is_pinned=revision is not None
                and not (isinstance(revision, ast.Constant) and revision.value == "main"),
            )


def _name(module: Module, constants: Constants, call: ast.Call, row: _Row) -> str | None:
    """Return what is fetched; None where the call fetches nothing or that is not known."""
    last = module.resolve(call.func).rpartition(".")[2]
    if row.always:
        return last
    if row.sets:
        asked = keyword(call, *row.sets)
        if row.library == "keras" and asked is None and last[:1].isupper():
            return last
        if asked is None or (isinstance(asked, ast.Constant) and not asked.value):
            return None
        first = constants.string(module, call.args[0]) if call.args else None
        return first if last == "create_model" and first else last
    local = keyword(call, "local_files_only")
    if isinstance(local, ast.Constant) and local.value is True:
        return None
    node = keyword(call, *row.arguments) if row.arguments else None
    if node is None and len(call.args) > row.at:
        node = call.args[row.at]
    if isinstance(node, (ast.List, ast.Tuple)):
        return None
    name = constants.string(module, node, loose=True)
    if name is None or not _ID.fullmatch(name):
        return None
    return name


def _is_here(name: str, present: set[str], row: _Row) -> bool:
    """Tell whether *name* is a path of the project, or cannot be a name of anything fetched."""
    clean = name.removeprefix("./").rstrip("/")
    if name.startswith((".", "/", "~")) or clean in present:
        return True
    if row.library == "huggingface":
        # A path whose first folder is there, or a loader of local files.
        first = clean.partition("/")[0]
        return ("/" in clean and (first in present or first.lower() in _FOLDERS)) or clean in (
            "csv", "json", "parquet", "text", "imagefolder", "audiofolder", "arrow", "pandas",
        )  # fmt: skip
    return False


def _remarks(downloads: Sequence[Download]) -> Iterator[Remark]:
    served = [download for download in downloads if download.scope == "service"]
    if not served:
        return
    shown = ", ".join(f"`{download.name}`" for download in served[:3])
    more = f" and {len(served) - 3} more" if len(served) > 3 else ""
    loose = any(download.library == "huggingface" and not download.is_pinned for download in served)
    pin = "; name a `revision`, so that it stays the same" if loose else ""
    yield Remark(
        text=f"{shown}{more} {'are' if len(served) > 1 else 'is'} downloaded by the service's code",
        hint=f"keep the cache on a volume, or ship the files as a model{pin}",
        evidence=tuple(download.evidence for download in served[:5]),
    )
