"""
The keys that sign Debian's archive.

`keys/` holds them as Debian's package debian-archive-keyring ships them (in
`/usr/share/keyrings`; version 2023.3+deb12u2, read 2026-11-21): for each suite the keys of
its archive, of its security archive and of its stable release. Keys are facts without
copyright, says that package.
"""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def archive_keyring() -> bytes:
    """Return all the keys, one after another."""
    folder = resources.files(__package__) / "keys"
    files = sorted((item for item in folder.iterdir()), key=lambda item: item.name)
    return b"".join(item.read_bytes() for item in files if item.name.endswith(".gpg"))
