"""Packages of JavaScript, by their `package.json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import Unread, is_word, one_line


class _Manifest(msgspec.Struct, gc=False):
    """What is used of a document; any of it may be of another type than npm asks for."""

    name: Any = None
    version: Any = None
    license: Any = None
    licenses: Any = None
    homepage: Any = None
    author: Any = None
    dependencies: Any = None


_DECODER = msgspec.json.Decoder(_Manifest)


def read_npm(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """
    Yield the package that the document at *path* is of.

    Many are of none: they only say how the files beside them are to be loaded.
    """
    try:
        manifest = _DECODER.decode(documents[path].removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        unread.append(f"`{path}` is no JSON that describes a package")
        return
    if not (isinstance(manifest.name, str) and is_word(manifest.name)):
        return
    version = manifest.version
    if not (isinstance(version, str) and is_word(version)):
        version = ""
    needs = manifest.dependencies if isinstance(manifest.dependencies, dict) else {}
    author = manifest.author
    yield Package(
        type="npm",
        name=manifest.name,
        version=version,
        path=path,
        licences=_licences(manifest),
        supplier=one_line(author.get("name") if isinstance(author, dict) else author),
        homepage=one_line(manifest.homepage),
        requires=tuple(sorted(name for name in needs if is_word(name))),
    )


def _licences(manifest: _Manifest) -> tuple[str, ...]:
    """Return the expression; of manifests from before there were any, the names."""
    declared = manifest.license if manifest.license is not None else manifest.licenses
    found = [
        one_line(entry.get("type") if isinstance(entry, dict) else entry)
        for entry in (declared if isinstance(declared, list) else [declared])
    ]
    return tuple(sorted({licence for licence in found if licence}))
