"""conda's database: a document for each package in `conda-meta`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from boxwright.scan.packages.lookup import Documents, normal
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import Unread, is_word, one_line


class _Meta(msgspec.Struct, gc=False):
    """What is used of a document; any of it may be of another type than conda writes."""

    name: Any = None
    version: Any = None
    build: Any = None
    channel: Any = None
    subdir: Any = None
    license: Any = None
    depends: Any = None
    sha256: Any = None
    files: Any = None
    paths_data: Any = None


_DECODER = msgspec.json.Decoder(_Meta)
_MOST_VALUES = 1_000_000
"""Enough for a hundred thousand files."""


def read_conda(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the package that the document at *path* tells of."""
    content = documents[path]
    if content.count(b",") > _MOST_VALUES:
        unread.append(f"`{path}` has more than {_MOST_VALUES:,} values")
        return
    try:
        meta = _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        unread.append(f"`{path}` is no JSON that describes a package")
        return
    if not (isinstance(meta.name, str) and is_word(meta.name)):
        unread.append(f"`{path}` names no package")
        return
    version = meta.version if isinstance(meta.version, str) and is_word(meta.version) else ""
    if not version:
        unread.append(f"`{path}`: `{meta.name}` has no version")
    prefix = path.rpartition("/")[0].removesuffix("conda-meta")
    subdir = one_line(meta.subdir)
    licence = one_line(meta.license)
    digest = one_line(meta.sha256)
    needs = meta.depends if isinstance(meta.depends, list) else []
    yield Package(
        type="conda",
        name=meta.name,
        version=version,
        path=path,
        architecture=subdir,
        licences=(licence,) if licence else (),
        requires=tuple(
            sorted(
                {
                    name
                    for need in needs
                    if isinstance(need, str)
                    and (name := need.partition(" ")[0])
                    and is_word(name)
                    and not name.startswith("__")
                }
            )
        ),
        installer="conda",
        build=one_line(meta.build),
        channel=channel_name(one_line(meta.channel), subdir),
        digest=f"sha256:{digest}" if len(digest) == 64 and digest.isalnum() else "",
        files=documents.owned(_files(meta, prefix)),
    )


def channel_name(channel: str, subdir: str) -> str:
    """
    Return what a channel is called, without its host and without the token that opens it.

    >>> channel_name("https://conda.anaconda.org/conda-forge/linux-64", "linux-64")
    'conda-forge'
    >>> channel_name("https://me:pw@conda.example.org/t/a-secret/private", "noarch")
    'private'
    """
    if "://" in channel:
        try:
            parts = urlsplit(channel).path.strip("/").split("/")
        except ValueError:
            return ""
        channel = "/".join(parts[2:] if parts[0] == "t" else parts)
    return channel.removesuffix(subdir).rstrip("/") if subdir else channel


def _files(meta: _Meta, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the files: by `paths_data` with digests, by older versions' list without."""
    rows = meta.paths_data.get("paths") if isinstance(meta.paths_data, dict) else None
    if isinstance(rows, list) and rows:
        for row in rows:
            if isinstance(row, dict) and isinstance(name := row.get("_path"), str) and name:
                digest = row.get("sha256_in_prefix") or row.get("sha256")
                is_digest = isinstance(digest, str) and len(digest) == 64 and digest.isalnum()
                yield prefix + normal(name), f"sha256:{digest}" if is_digest else ""
    elif isinstance(meta.files, list):
        for name in meta.files:
            if isinstance(name, str) and name:
                yield prefix + normal(name), ""
