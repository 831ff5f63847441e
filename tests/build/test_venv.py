"""The empty environment."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

from boxwright.build.venv import venv_layer

if TYPE_CHECKING:
    from boxwright.store.cache import Cache


def test_it_is_an_environment_of_the_systems_interpreter(cache: Cache) -> None:
    layer = venv_layer("3.13", cache=cache)

    with layer.blob.open() as blob:
        tar = tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob.read())))  # noqa: SIM115
    links = {member.name: member.linkname for member in tar if member.issym()}
    assert links == {
        "opt/venv/bin/python": "/usr/bin/python3.13",
        "opt/venv/bin/python3": "python",
        "opt/venv/bin/python3.13": "python",
        "opt/venv/lib64": "lib",
    }
    config = tar.extractfile("opt/venv/pyvenv.cfg")
    assert config is not None
    assert config.read().decode() == (
        "home = /usr/bin\n"
        "include-system-site-packages = false\n"
        "version = 3.13\n"
        "executable = /usr/bin/python3.13\n"
    )


def test_it_is_made_once(cache: Cache) -> None:
    first, second = (venv_layer("3.11", cache=cache) for _ in range(2))

    assert not first.reused
    assert second.reused
    assert second.diff_id == first.diff_id
    assert first.created_by == "virtual environment in /opt/venv, Python 3.11"
