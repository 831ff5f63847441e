"""The project's own files → the model layer and the application layer."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.build.interpreter import Compiler, Interpreter
from boxwright.build.remembered import Remembered, find_layer, keep_layer
from boxwright.errors import BuildError
from boxwright.image.compression import TRANSFORM
from boxwright.image.entry import Entry, Kind, directory, file, symlink
from boxwright.image.image import Layer
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of
from boxwright.project.tree import Tree
from boxwright.store.cache import Cache
from boxwright.syntax.dockerignore import Dockerignore

_PIECE = 1 << 20
_LARGEST_SCANNED = 5_000_000
"""A text file with more bytes is data; credentials are looked for in smaller ones."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file of the project that goes in: its entry in the image, and the digest of its content."""

    entry: Entry
    path: str
    sha256: str


def application_layer(
    folder: Path,
    tree: Tree,
    paths: Sequence[str],
    *,
    working_dir: str,
    allowed_secrets: Sequence[str],
    compiler: Compiler | None,
    cache: Cache,
) -> Layer:
    """
    Return the layer of the application's files *paths*, with their byte code.

    They are compiled by *compiler*, if there is one. Raises BuildError where a file holds what looks like a credential and is not among
    *allowed_secrets*: what is in a layer can be read by everybody who has the image.
    """
    sources = list(_sources(folder, tree, paths, working_dir))
    key = digest_of(
        canonical_json(
            {
                "kind": "application",
                "transform": TRANSFORM,
                "working_dir": working_dir,
                "interpreter": compiler.digest if compiler else None,
                "allowed": sorted(allowed_secrets),
                "files": [_identity(source) for source in sources],
            }
        )
    )
    what = f"application: {len(sources)} files in {working_dir}"
    found = find_layer(cache, key, what)
    if found is not None:
        return found
    _refuse_secrets(tree, sources, Dockerignore.parse("\n".join(allowed_secrets)))
    bytecode = {}
    if compiler is not None:
        bytecode = _bytecode(folder, sources, working_dir, compiler.for_files)
    from boxwright.image.layer import LayerWriter

    with cache.writer() as blob:
        layer = LayerWriter(blob.write)
        layer.add(directory(working_dir.strip("/")))
        for source in sources:
            layer.add_stream(source.entry, _pieces(folder / source.path, source.entry))
        for path, content in sorted(bytecode.items()):
            if path not in layer:
                layer.add(file(path, len(content)), content)
        return keep_layer(cache, key, Remembered.of(layer.close(), blob), what)


def model_layer(
    folder: Path, tree: Tree, paths: Sequence[str], *, working_dir: str, cache: Cache
) -> Layer | None:
    """Return the layer of the model files *paths*, None where there are none."""
    if not paths:
        return None
    sources = list(_sources(folder, tree, paths, working_dir, cache))
    identity = [_identity(source) for source in sources]
    key = digest_of(canonical_json({"kind": "models", "transform": TRANSFORM, "files": identity}))
    what = "models: " + ", ".join(source.path for source in sources[:3])
    if len(sources) > 3:
        what += f" and {len(sources) - 3} more"
    found = find_layer(cache, key, what)
    if found is not None:
        return found
    from boxwright.image.layer import LayerWriter

    with cache.writer() as blob:
        layer = LayerWriter(blob.write)
        for source in sources:
            layer.add_stream(source.entry, _pieces(folder / source.path, source.entry))
        return keep_layer(cache, key, Remembered.of(layer.close(), blob), what)


def _identity(source: _Source) -> list[object]:
    return [source.entry.path, source.entry.mode, source.entry.link, source.sha256]


def _sources(
    folder: Path, tree: Tree, paths: Sequence[str], working_dir: str, cache: Cache | None = None
) -> Iterator[_Source]:
    """Yield what goes in for each of *paths*, sorted by its path in the image."""
    for path in sorted(paths):
        name = posixpath.join(working_dir, path).strip("/")
        target = tree.link(path)
        if target is not None:
            yield _Source(symlink(name, target), path, "")
            continue
        mode = 0o755 if tree.mode(path) & 0o111 else 0o644
        if cache is None:
            content = tree.read(path)
            sha256 = hashlib.sha256(content).hexdigest()
            yield _Source(file(name, len(content), mode), path, sha256)
        else:
            sha256 = cache.digest_of_file(folder / path)
            yield _Source(file(name, tree.size(path), mode), path, sha256)


def _pieces(path: Path, entry: Entry) -> Iterator[bytes]:
    """Yield the content of *path*, which must still have the size that *entry* says."""
    if entry.kind is not Kind.FILE:
        return
    left = entry.size
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            left -= len(piece)
            if left < 0:
                break
            yield piece
    if left:
        raise BuildError(
            f"`{path}` changed while it was read", hint="build again when nothing writes to it"
        )


def _refuse_secrets(tree: Tree, sources: Sequence[_Source], allowed: Dockerignore) -> None:
    from boxwright.scan.secrets import find_secrets

    for source in sources:
        if source.entry.kind is not Kind.FILE or allowed.ignores(source.path):
            continue
        if source.entry.size > _LARGEST_SCANNED:
            continue
        for secret in find_secrets(source.path, tree.read(source.path)):
            raise BuildError(
                f"`{source.path}`, line {secret.line}, holds what looks like {secret.kind}"
                f" ({secret.redacted}), and would be readable in the image",
                hint=f"add `{source.path}` to .dockerignore and give the secret to the container as a"
                " file; if it is none, list the file in `allow-secrets` under [tool.boxwright]",
            )


def _bytecode(
    folder: Path, sources: Sequence[_Source], working_dir: str, interpreter: Interpreter
) -> dict[str, bytes]:
    """Return the byte code of every module among *sources*, by its path in the image."""
    from boxwright.build.compiler import compile_files

    modules = [
        source.path
        for source in sources
        if source.entry.kind is Kind.FILE and source.path.endswith(".py")
    ]
    return dict(compile_files(interpreter, folder, f"{working_dir}/", modules))
