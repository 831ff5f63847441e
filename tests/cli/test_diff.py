"""`boxwright diff`: what differs between two images, and which status says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Command, Result
from tests.cli.made_images import PLAIN, debian, python, write_layout

BASE = debian("12", {"base-files": "12.4"})
KEY = "AKIAQ3EGRZ6XK7LPWM2D"


@pytest.fixture(autouse=True)
def images(tmp_path: Path) -> None:
    write_layout(tmp_path / "one", BASE, python({"requests": "2.30.0"}))
    write_layout(tmp_path / "other", BASE, python({"requests": "2.31.0"}))


def test_an_image_is_the_same_as_itself(command: Command) -> None:
    result = command("diff", "one", "one")

    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "a container cannot tell them apart"


def test_packages_tell_what_changed(command: Command) -> None:
    result = command("diff", "one", "other")

    assert (result.status, result.err) == (1, "")
    assert (
        "layers: the lowest 1 are the same, 1 only in the first, 1 only in the second" in result.out
    )
    assert any(
        line.startswith("  ~ requests (pypi) 2.30.0 -> 2.31.0") for line in result.out.splitlines()
    )
    assert "/usr/lib" not in result.out


def test_files_are_named_where_that_is_asked_for(command: Command) -> None:
    result = command("diff", "one", "other", "--files")

    site = "/usr/lib/python3.11/site-packages"
    assert f"  + {site}/requests-2.31.0.dist-info/METADATA" in result.out
    assert f"  - {site}/requests-2.30.0.dist-info/METADATA" in result.out


def test_one_document(command: Command) -> None:
    result = command("diff", "one", "other", "--format=json")

    found = json.loads(result.out)
    assert (result.status, found["same"]) == (1, False)
    assert [(each["name"], each["before"], each["after"]) for each in found["packages"]] == [
        ("requests", ["2.30.0"], ["2.31.0"])
    ]


def test_findings_that_come_and_go(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "root", BASE, config=replace(PLAIN, user="", cmd=("app",)))
    write_layout(tmp_path / "user", BASE, config=replace(PLAIN, cmd=("app",)))

    found = json.loads(command("diff", "user", "root", "--format=json").out)["findings"]

    assert [each["rule"] for each in found["new"]] == ["root-user-in-image"]
    assert "root-user-in-image" in command("diff", "root", "user").out.partition("are gone:")[2]


def test_credentials_in_settings_are_hidden(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "leaking", BASE, env={"AWS_ACCESS_KEY_ID": KEY})

    for options in ([], ["--format=json"]):
        result = command("diff", "one", "leaking", *options)
        assert result.status == 1
        assert KEY not in result.out


def test_bit_for_bit_is_asked_for(command: Command, tmp_path: Path) -> None:
    config = replace(PLAIN, created="1980-01-01T00:00:02Z")
    write_layout(tmp_path / "again", BASE, python({"requests": "2.30.0"}), config=config)

    same = command("diff", "one", "one", "--same")
    other = command("diff", "one", "again", "--same")

    assert same.status == 0
    assert other.status == 1
    assert "why they are not the same:" in other.out


def test_an_image_that_is_not_there(command: Command) -> None:
    assert command("diff", "one", "./gone") == Result(
        2, "", "error: there is nothing at `./gone`\n\nhint: check the path\n"
    )
