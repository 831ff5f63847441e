"""What one layer holds, as one reading of it tells: the part of a look that is remembered."""

from __future__ import annotations

import msgspec

VERSION = 1
"""Raised whenever a reading would tell something else of the same bytes."""

FILE, HARDLINK, SYMLINK, CHARACTER, BLOCK, DIRECTORY, FIFO = "0123456"
"""What a member is, by its tar type flag."""


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False):
    r"""
    An entry of a layer.

    *path* is relative to the root, with `/` between its parts and none at either end; names
    that lead out of it or that are no UTF-8 were made harmless (`..` is resolved within the root,
    odd bytes are written as `\xff`), and the index tells so among its problems.
    """

    path: str
    kind: str = FILE
    mode: int = 0o644
    """Permissions with setuid (0o4000), setgid (0o2000) and sticky (0o1000)."""
    uid: int = 0
    gid: int = 0
    size: int = 0
    """Bytes of a file's content; 0 of everything else."""
    mtime: int = 0
    link: str = ""
    """The target of a symbolic link as it stands there; of a hard link, a *path*."""
    digest: bytes = b""
    """The SHA-256 of a file's content, 32 bytes."""
    capability: bool = False
    """Whether it carries file capabilities (`security.capability`)."""


class SecretHit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What looks like a credential in a file of a layer."""

    path: str
    """Of the file; a member of an archive stands behind a `!`: `srv/backup.zip!app/.env`."""
    line: int
    """Counted from 1; 0 where the file has no lines (byte code, a database)."""
    kind: str
    """With its article: `a private key`."""
    redacted: str
    """What may be shown of it."""
    fingerprint: str
    """The same for the same credential in other places; never shown."""
    certain: bool = True
    """Whether its form says what it is; otherwise only the words around it do."""


class Artifact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A model or a data set, known by its content."""

    path: str
    role: str
    """`model` or `dataset`."""
    format: str
    """`safetensors`, `pickle`, `pytorch`, `onnx`, `gguf`, `joblib`, `hdf5`, `parquet`, …"""
    size: int
    details: dict[str, str] = {}
    """What its header says: `parameters`, `dtype`, `architecture`, `licence`, `rows`, …"""
    dangerous: tuple[str, ...] = ()
    """What loading it would run that no model needs: `posix.system`."""
    unknown: tuple[str, ...] = ()
    """What loading it would import that is neither known as harmless nor as dangerous."""


class Binary(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What matters of a program or a library."""

    path: str
    size: int
    machine: str = ""
    """`x86_64`, `aarch64`; empty where it was not read."""
    soname: str = ""
    needed: tuple[str, ...] = ()
    """Libraries for GPUs that it asks the loader for: `libcudart.so.12`."""
    gpu_architectures: tuple[str, ...] = ()
    """What its device code runs on: `sm_80` (machine code), `ptx_90` (compiled at load)."""


class LayerIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a layer."""

    version: int = VERSION
    diff_id: str
    """The SHA-256 of its tar, as it was computed."""
    size: int
    """Bytes of its tar."""
    members: tuple[Member, ...] = ()
    """By the order of the tar; of several entries for one path only the last."""
    repeated: dict[str, int] = {}
    """Bytes of content that a later entry of the same layer replaces, by path."""
    whiteouts: tuple[str, ...] = ()
    """Paths that it removes from the layers below."""
    opaque: tuple[str, ...] = ()
    """Folders of which it hides all that the layers below have in them."""
    documents: dict[str, bytes] = {}
    """Contents of the files that package databases and the like consist of, by path."""
    secrets: tuple[SecretHit, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    binaries: tuple[Binary, ...] = ()
    problems: tuple[str, ...] = ()
    """What is odd about the tar, in clauses: ``the name `../x` leads out of it``."""
