"""Where packages come from: an index and a mirror on this machine, there and not there."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from tests.doctor.machines import told

from boxwright.doctor.host import Host
from boxwright.doctor.result import Result
from boxwright.doctor.sources import check_sources
from boxwright.lock.sources import Sources
from boxwright.settings import DebianSettings, IndexSettings, Settings


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Make an index with one distribution."""
    folder = tmp_path / "simple" / "packaging"
    folder.mkdir(parents=True)
    name = "packaging-99.0-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        text = "Metadata-Version: 2.1\nName: packaging\nVersion: 99.0\n"
        wheel.writestr("packaging-99.0.dist-info/METADATA", text)
        wheel.writestr("packaging-99.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("packaging-99.0.dist-info/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{name}">{name}</a>')
    return tmp_path / "simple"


def check(machine, tmp_path: Path, index: Path) -> list[Result]:
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null"}
    environ |= {"UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "uv")}
    settings = Settings(
        index=IndexSettings(index_url=index.as_uri()),
        debian=DebianSettings(mirror=str(tmp_path / "debian"), security_mirror="security"),
    )
    sources = Sources(settings=settings, folder=tmp_path, environ=environ)
    return list(check_sources(machine.host(), sources, suites=["trixie"]))


def test_an_index_that_answers_and_a_mirror_that_does_not(machine, tmp_path, index) -> None:
    found = told(check(machine, tmp_path, index))

    assert found["uv"][0] == "ok"
    assert found["package index"] == ("ok", f"`{index.as_uri()}`: it has `packaging`")
    assert found["Debian mirror (trixie)"] == (
        "failure",
        (f"the InRelease file of `trixie` is not at `{tmp_path}/debian/dists/trixie/InRelease`"),
    )


def test_an_index_that_has_nothing_is_a_warning(machine, tmp_path) -> None:
    (tmp_path / "empty").mkdir()

    found = told(check(machine, tmp_path, tmp_path / "empty"))

    assert found["package index"][0] in ("warning", "failure")


def test_a_mirror_that_is_not_signed_is_refused(machine, tmp_path, index) -> None:
    place = tmp_path / "debian" / "dists" / "trixie"
    place.mkdir(parents=True)
    (place / "InRelease").write_text("Suite: stable\nCodename: trixie\n")

    assert told(check(machine, tmp_path, index))["Debian mirror (trixie)"][0] == "failure"


@pytest.mark.network
def test_this_machines_own_index_and_mirror_answer(machine, tmp_path) -> None:
    sources = Sources(settings=Settings(), folder=tmp_path, environ=os.environ)

    found = told(check_sources(Host(environ=os.environ), sources, suites=["trixie"]))

    assert {verdict for verdict, _ in found.values()} == {"ok"}
