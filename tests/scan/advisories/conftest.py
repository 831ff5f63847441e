"""What tests of advisories share: exports made of the records in `osv`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from boxwright.progress import Silent
from boxwright.scan.advisories.compile import import_exports
from boxwright.scan.advisories.database import Database
from boxwright.store.cache import Cache

RECORDS = Path(__file__).parent / "osv"
NOW = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder as OSV's bucket, with the zips of the ecosystems named."""

    def make(*ecosystems: str) -> Path:
        folder = tmp_path / "bucket"
        for ecosystem in ecosystems:
            path = folder / ecosystem / "all.zip"
            path.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for record in sorted((RECORDS / ecosystem).glob("*.json")):
                    archive.write(record, record.name)
        return folder

    return make


@pytest.fixture
def database(cache: Cache) -> Database:
    """Return a database of all the records."""
    import_exports([RECORDS], cache=cache, progress=Silent())
    return Database(cache)
