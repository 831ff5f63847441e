"""`boxwright check` of images: among files, by settings, with baselines, in all formats."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Command, Result, sarif
from tests.cli.made_images import PLAIN, debian, python, write_layout

from boxwright.cli.checked_files import is_image

BASE = debian("12", {"base-files": "12.4"})
ROOT = replace(PLAIN, user="", cmd=("python3", "app.py"))
"""Its containers run as root."""
MESSAGE = "containers run as root"


def rules(result: Result) -> list[tuple[str, str]]:
    """Return the place of each finding, and its rule."""
    found = json.loads(result.out)["findings"]
    return [(finding["path"], finding["rule"]) for finding in found]


@pytest.fixture
def root_image(tmp_path: Path) -> Path:
    write_layout(tmp_path / "image", BASE, config=ROOT)
    return tmp_path / "image"


def test_files_and_images_are_checked_together(command: Command, root_image: Path) -> None:
    Path("Dockerfile").write_text("FROM scratch\nRUM x\n")

    result = command("check", "Dockerfile", "image", "--select=invalid-syntax,root-user-in-image")

    assert result.status == 1
    assert [
        line for line in result.out.splitlines() if ": error " in line or ": warning " in line
    ] == [
        "Dockerfile:2:1: error invalid-syntax: unknown instruction: RUM",
        next(line for line in result.out.splitlines() if line.startswith("image:")),
    ]
    assert result.out.splitlines()[-1].startswith("2 findings in 1 file and 1 image: ")


def test_an_image_that_cannot_be_had_hides_nothing_else(command: Command, root_image: Path) -> None:
    Path("Dockerfile").write_text("FROM scratch\nRUM x\n")

    result = command(
        "check",
        "127.0.0.1:1/app:1",
        "Dockerfile",
        "image",
        "--select=invalid-syntax,root-user-in-image",
    )

    assert result.status == 2
    assert "Dockerfile:2:1: error invalid-syntax" in result.out
    assert "image:" in result.out
    assert result.err == (
        "error: there is no file `127.0.0.1:1/app:1`, and no image `127.0.0.1:1/app:1` was found: "
        "there is no such archive or layout; no engine answers (BOXWRIGHT_ENGINE is `none`); "
        "the manifest `1` of `127.0.0.1:1/app` cannot be fetched from "
        "`http://127.0.0.1:1/v2/app/manifests/1`: no connection\n"
        "hint: check the network, the proxy settings and the address, then try again\n"
    )


def test_a_name_that_is_neither_a_file_nor_an_image_says_both(command: Command) -> None:
    Path("Dockerfile").write_text("FROM scratch\n")

    assert command("check", "team/app", "-q").err == (
        "error: `team/app` does not exist, and is no image: that would be named with its tag, "
        "`team/app:latest`\n"
    )
    assert command("check", "Dockerfile:2", "-q").err == "error: `Dockerfile:2` does not exist\n"
    assert command("check", "docker/Dockerfile", "-q").err == (
        "error: `docker/Dockerfile` does not exist\n"
    )


@pytest.mark.parametrize(
    "name",
    ["app:1", "registry.example.com:5000/app@sha256:" + "0" * 64, "docker://app", "podman:a"],
)
def test_names_of_images(name: str) -> None:
    assert is_image(name)


@pytest.mark.parametrize(
    "name",
    ["", "app", "team/app", "docker/Dockerfile", "a b:c", "host:5000/app", "x\0:1", "y" * 5000],
)
def test_names_of_no_images(name: str) -> None:
    assert not is_image(name)


def test_damage_is_a_finding(command: Command, root_image: Path) -> None:
    for blob in (root_image / "blobs" / "sha256").iterdir():
        content = blob.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            blob.write_bytes(content[:-8])

    result = command("check", "image", "--format=json", "--select=damaged-image")

    assert (result.status, rules(result)) == (1, [("image", "damaged-image")])


def test_a_baseline_knows_an_image_however_it_is_named_and_built(
    command: Command, root_image: Path
) -> None:
    selected = "--select=root-user-in-image"
    assert command("check", "image", "--write-baseline=known.json", selected).status == 0
    # Built again, with another digest.
    write_layout(root_image, BASE, {"app/main.py": b"pass\n"}, config=ROOT)

    for name in ("image", "./image/", "image:1", "oci:image:1", str(root_image)):
        assert command("check", name, "--baseline=known.json", selected) == Result(
            0, "no findings in 1 image\n", "note: 1 more that the baseline knows\n"
        )


def test_settings_for_an_image_go_by_its_name_without_tag(
    command: Command, root_image: Path
) -> None:
    Path("boxwright.toml").write_text(
        '[check.per-file]\n"ima*" = { ignore = ["root-user-in-image"] }\n'
    )

    assert command("check", "image:1", "--select=root-user-in-image").status == 1
    assert rules(command("check", "image", "--format=json", "--select=image")) == []


def test_settings_of_the_folder_that_a_layout_is_in(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "project" / "dist" / "image", BASE, config=ROOT)
    Path("project/boxwright.toml").write_text(
        '[check]\nselect = ["root-user-in-image"]\nseverity = { root-user-in-image = "info" }\n'
    )

    result = command("check", "project/dist/image:1", "--format=json")

    assert result.status == 0
    assert rules(result) == [("project/dist/image:1", "root-user-in-image")]


def test_fixes_are_for_files_only(command: Command, root_image: Path) -> None:
    Path("Dockerfile").write_text("FROM python:3.13\nRUN pip install torch\n")
    before = sorted((each, each.stat().st_mtime_ns) for each in root_image.rglob("*"))
    chosen = "--select=pip-cache-in-layer,root-user-in-image"

    shown = command("check", "Dockerfile", "image", "--diff", chosen)
    fixed = command("check", "Dockerfile", "image", "--fix", chosen)

    assert shown.status == 1
    assert [line for line in shown.out.splitlines() if line.startswith("+")] == [
        "+++ b/Dockerfile",
        "+RUN pip install --no-cache-dir torch",
    ]
    assert fixed.status == 1
    assert fixed.err == "1 finding mended\n"
    assert fixed.out.startswith("image:5:1: ")
    assert sorted((each, each.stat().st_mtime_ns) for each in root_image.rglob("*")) == before


def test_every_format_has_findings_of_images(command: Command, root_image: Path) -> None:
    def check(form: str) -> str:
        result = command("check", "image:1", "--select=root-user-in-image", f"--format={form}")
        assert result.status == 1
        assert result.err.startswith("1 finding in 1 image: 1 ")
        return result.out

    log = sarif(check("sarif"))
    (finding,) = log["results"]
    assert finding["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "image%3A1",
        "uriBaseId": "%SRCROOT%",
    }
    assert check("github").startswith("::")
    assert "file=image%3A1,line=5," in check("github")
    assert [each["location"]["path"] for each in json.loads(check("gitlab"))] == ["image:1"]
    assert '<testsuite name="image:1" tests="1" failures="1"' in check("junit")
    assert rules(Result(1, check("json"), "")) == [("image:1", "root-user-in-image")]


def test_the_advisories_of_this_machine_are_known_to_the_rules(
    command: Command, advisories: None, tmp_path: Path
) -> None:
    write_layout(tmp_path / "image", BASE, python({"torch": "2.5.1"}))

    found = rules(command("check", "image", "--format=json", "--select=image"))

    assert ("image", "vulnerable-package") in found


def test_checking_a_file_imports_nothing_of_images(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "boxwright", "check", "Dockerfile"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "boxwright.cli.checked_files" in imported
    assert not imported & {"boxwright.cli.look", "boxwright.scan.contents", "re2", "msgspec"}
