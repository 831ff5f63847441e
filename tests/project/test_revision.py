"""Which commit a project is at, read without running anything that the project names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from boxwright.project.revision import read_revision

WHO = ("-c", "user.name=mo", "-c", "user.email=mo@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *WHO, "-c", "protocol.file.allow=always", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    git(made, "init", "-q")
    (made / "main.py").write_text("print(1)\n")
    git(made, "add", ".")
    git(made, "commit", "-qm", "one")
    return made


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://mo:s3cret@git.example/team/api.git", "https://git.example/team/api.git"),
        ("https://s3cret@git.example/api?private_token=s3cret#s3cret", "https://git.example/api"),
        ("ssh://git:s3cret@git.example:22/team/api.git", "https://git.example/team/api"),
        ("git@git.example:team/api.git", "https://git.example/team/api"),
        ("/srv/s3cret", ""),
        ("ext::sh -c s3cret", ""),
    ],
)
def test_where_a_repository_is_fetched_from_is_told_without_credentials(
    folder: Path, url: str, public: str
) -> None:
    git(folder, "config", "remote.origin.url", url)

    revision = read_revision(folder)

    assert revision is not None
    assert revision.source == public


def test_reading_starts_no_program_that_the_repository_names(folder: Path) -> None:
    trap = folder / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {folder.parent}/sprung\ncat\n')
    trap.chmod(0o755)
    (folder / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "two")
    hooks = folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "query-watchman"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    for setting, value in (
        ("core.fsmonitor", str(trap)),
        ("core.sshCommand", str(trap)),
        ("core.pager", str(trap)),
        ("core.editor", str(trap)),
        ("gpg.program", str(trap)),
        ("log.showSignature", "true"),
        ("filter.evil.clean", str(trap)),
        ("filter.evil.process", str(trap)),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", str(trap)),
        ("diff.external", str(trap)),
        ("protocol.ext.allow", "always"),
        ("remote.origin.url", f"ext::{trap}"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
    ):
        git_config(folder, setting, value)
    # Git looks into what is as new as its index, and runs the filters for it.
    os.utime(folder / "main.py")

    revision = read_revision(folder, ["main.py"])

    assert not (folder.parent / "sprung").exists()
    assert revision is not None
    assert not revision.name.endswith("-dirty")
    (folder / "main.py").write_text("print(2)\n")
    revision = read_revision(folder, ["main.py"])
    assert revision is not None
    assert revision.name.endswith("-dirty")
    assert not (folder.parent / "sprung").exists()


def test_a_filter_that_no_option_takes_away_ends_the_reading(folder: Path) -> None:
    git_config(folder, "filter.a=b.clean", "touch sprung")

    assert read_revision(folder, ["main.py"]) is None


def test_a_change_in_a_submodule_is_a_change(folder: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    git(tmp_path, "clone", "-q", str(folder), str(inner))
    git(folder, "submodule", "--quiet", "add", str(inner), "lib")
    git(folder, "commit", "-qm", "two")
    files = ["main.py", "lib/main.py"]

    assert dirty(folder, files) is False

    (folder / "lib" / "main.py").write_text("print(3)\n")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    git_config(folder / "lib", "core.fsmonitor", str(trap))
    assert dirty(folder, files) is True
    assert dirty(folder, ["main.py"]) is False
    git(folder / "lib", "-c", "core.fsmonitor=false", "commit", "-qam", "three")
    assert dirty(folder, files) is True
    assert not (tmp_path / "sprung").exists()


def dirty(folder: Path, files: list[str]) -> bool:
    revision = read_revision(folder, files)
    assert revision is not None
    return revision.name.endswith("-dirty")


def git_config(folder: Path, setting: str, value: str) -> None:
    subprocess.run(["git", "-C", str(folder), "config", setting, value], check=True)
