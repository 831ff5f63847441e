"""Programs of other people, as scripts that a test writes."""

from __future__ import annotations

from pathlib import Path


def program(folder: Path, name: str, script: str) -> Path:
    """
    Write the program *name*, which runs *script*, into *folder*.

    What it is called with is added to the file `calls`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{script}\n')
    path.chmod(0o755)
    return path


def calls(folder: Path) -> list[str]:
    """Return how the programs in *folder* were called, in order."""
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []
