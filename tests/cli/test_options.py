"""What options and settings mean to every command alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.cli.options import open_transport, plain_http


def test_registries_without_encryption_are_those_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boxwright.toml").write_text('[registry]\nplain-http = ["registry.test:5000"]\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)

    assert plain_http() == {"registry.test:5000"}
    assert open_transport().plain_http == {"registry.test:5000"}
    assert plain_http(tmp_path.parent) == frozenset()


@pytest.mark.parametrize("command", [["--help"], ["check", "--help"], ["push", "--help"]])
def test_nothing_heavy_is_imported_for_help(command: list[str]) -> None:
    code = (
        "import sys\nfrom boxwright.cli.main import run\n"
        f"run({command!r})\n"
        "print(sorted({'ssl', 'urllib3', 'cryptography', 'rich', 'yaml', 'packaging', 'msgspec'}"
        " & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"
