"""The virtual environment that the wheels are spread over, without the wheels."""

from __future__ import annotations

from boxwright.build.remembered import Remembered, find_layer, keep_layer
from boxwright.image.compression import TRANSFORM
from boxwright.image.entry import Entry, file, symlink
from boxwright.image.image import Layer
from boxwright.image.layer import LayerWriter
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of
from boxwright.plan.model import SITE
from boxwright.store.cache import Cache

HOME = "/usr/bin"
"""Where the Python of our own bases is."""


def skeleton(python: str, home: str = HOME) -> dict[str, tuple[Entry, bytes]]:
    """
    Return the files of an empty environment for the interpreter *python* in *home*, by path.

    What `python -m venv --without-pip` leaves, without the scripts that a shell reads.
    """
    root = SITE.lstrip("/")
    config = (
        f"home = {home}\n"
        "include-system-site-packages = false\n"
        f"version = {python}\n"
        f"executable = {home}/python{python}\n"
    ).encode()
    entries = [
        (symlink(f"{root}/bin/python", f"{home}/python{python}"), b""),
        (symlink(f"{root}/bin/python3", "python"), b""),
        (symlink(f"{root}/bin/python{python}", "python"), b""),
        (symlink(f"{root}/lib64", "lib"), b""),
        (file(f"{root}/pyvenv.cfg", len(config)), config),
    ]
    return {entry.path: (entry, content) for entry, content in entries}


def venv_layer(python: str, *, home: str = HOME, cache: Cache) -> Layer:
    """Return the layer of an empty environment for the interpreter *python* in *home*."""
    created_by = f"virtual environment in {SITE}, Python {python}"
    files = skeleton(python, home)
    key = digest_of(
        canonical_json(
            {
                "kind": "venv",
                "transform": TRANSFORM,
                "files": [
                    [path, entry.link, content.decode()]
                    for path, (entry, content) in sorted(files.items())
                ],
            }
        )
    )
    found = find_layer(cache, key, created_by)
    if found is not None:
        return found
    with cache.writer() as blob:
        layer = LayerWriter(blob.write)
        for _, (entry, content) in sorted(files.items()):
            layer.add(entry, content)
        return keep_layer(cache, key, Remembered.of(layer.close(), blob), created_by)
