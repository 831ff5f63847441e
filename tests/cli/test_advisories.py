"""`boxwright advisories` lists, imports and updates."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.cli.commands.advisories import command

RECORDS = Path(__file__).parents[1] / "scan" / "advisories" / "osv"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("BOXWRIGHT_CACHE_DIR", str(cache))
    monkeypatch.delenv("BOXWRIGHT_ADVISORIES_URL", raising=False)
    return cache


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), standalone_mode=False)


def test_what_is_imported_is_listed(own_cache: Path) -> None:
    imported = run("import", str(RECORDS), "--quiet")

    assert imported.stdout == (
        "Alpine: 1 records, the newest of 2025-11-19\n"
        "Bitnami: 1 records, the newest of 2024-03-06\n"
        "Debian: 6 records, the newest of 2025-11-19\n"
        "PyPI: 4 records, the newest of 2025-08-29\n"
        "Ubuntu: 1 records, the newest of 2025-11-27\n"
    )
    listed = run()
    assert "PyPI           4 records  2025-08-29" in listed.stdout
    assert listed.stdout.endswith("* older than a week: run `boxwright advisories update`\n")
    [document] = [
        each
        for each in json.loads(run("--format", "json").stdout)["advisories"]
        if each["ecosystem"] == "PyPI"
    ]
    age = document.pop("age_days")
    size = document.pop("bytes")
    assert age > 80
    assert size > 0
    assert document == {
        "ecosystem": "PyPI",
        "records": 4,
        "withdrawn": 1,
        "unread": 0,
        "newest": "2025-08-29T19:45:46Z",
        "confirmed": None,
        "stale": True,
        "source": str(RECORDS),
        "sha256": None,
        "path": str(own_cache / "advisories" / "PyPI.sqlite"),
    }


def test_nothing_is_told_as_such() -> None:
    assert run().stdout == "no advisories are on this machine\n"
    assert json.loads(run("--format", "json").stdout) == {"advisories": []}


def test_a_mirror_in_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "mirror" / "PyPI" / "all.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for record in (RECORDS / "PyPI").glob("*.json"):
            archive.write(record, record.name)
        archive.writestr("odd.json", "{")

    updated = run("update", "--ecosystem", "pypi", "--from", str(tmp_path / "mirror"), "-q")
    again = run("update", "--ecosystem", "pypi", "--from", str(tmp_path / "mirror"), "-q")

    assert updated.return_value == 0
    assert updated.stdout == (
        "PyPI: 4 records, 1 that could not be read, the newest of 2025-08-29\n"
    )
    assert updated.stderr.startswith("note: `odd.json` in ")
    assert again.stdout == "PyPI: nothing newer\n"


def test_what_cannot_be_had_is_an_error(tmp_path: Path) -> None:
    updated = run("update", "--from", str(tmp_path), "-q")

    assert updated.return_value == 2
    assert f"error: PyPI: there are no advisories of `PyPI` at `{tmp_path}" in updated.stderr


def test_an_ecosystem_that_nobody_has() -> None:
    result = run("update", "--ecosystem", "Hackage")

    assert result.exception is not None
    assert str(result.exception).startswith("unknown ecosystem `Hackage`: these are `AlmaLinux`")
