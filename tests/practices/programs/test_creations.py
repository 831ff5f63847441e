"""Paths that commands make."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.creations import created_paths

URL = "https://example.org/a.tar.gz"


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        (f"curl -fL {URL} -o /tmp/a", ("/tmp/a",)),
        (f"curl -fL {URL} > /tmp/a", ("/tmp/a",)),
        ("tar xzf a.tgz -C /opt", ("/opt",)),
        ("git clone https://x.org/a.git", ("a",)),
        ("mkdir -p /data", ("/data",)),
        ("ls", ()),
    ],
)
def test_created_paths(script: str, paths: tuple[str, ...]) -> None:
    assert created_paths(command(script)) == paths
