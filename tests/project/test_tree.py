"""Folders are listed quickly, and nothing in them leads out or breaks the listing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boxwright.errors import ProjectError
from boxwright.project.inspect import open_tree
from boxwright.project.tree import FolderTree, MemoryTree, Skipped
from boxwright.settings import Settings


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_folders_that_are_no_part_of_a_project_are_not_entered(tmp_path: Path) -> None:
    write(
        tmp_path,
        "main.py", "pkg/a.py", ".git/HEAD", "node_modules/x/y.js", "pkg/__pycache__/a.pyc",
        "my-env/pyvenv.cfg", "my-env/lib/x.py", "conda/conda-meta/history", ".dockerignore",
    )  # fmt: skip

    assert FolderTree(tmp_path).paths() == (".dockerignore", "main.py", "pkg/a.py")


def test_a_folder_that_a_setting_brings_back_is_entered(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/x/y.js", "node_modules/z/a.js", ".git/HEAD")

    tree = FolderTree(tmp_path, keep=("node_modules/x/**",))

    assert "node_modules/x/y.js" in tree.paths()
    assert ".git/HEAD" not in tree.paths()


def test_folders_that_dockerignore_leaves_out_are_not_entered(tmp_path: Path) -> None:
    write(tmp_path, "main.py", "data/a/b.csv", "cache/x", "cache/keep/y")
    (tmp_path / ".dockerignore").write_text("data\ncache\n!cache/keep\n")

    assert open_tree(tmp_path, Settings()).paths() == (
        ".dockerignore", "cache/keep/y", "cache/x", "main.py",
    )  # fmt: skip


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "real/a.py")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "again").symlink_to(".")
    (tmp_path / "file.py").symlink_to("real/a.py")
    tree = FolderTree(tmp_path)

    assert tree.paths() == ("again", "file.py", "loop", "real/a.py")
    assert [tree.link(path) for path in tree.paths()] == [".", "real/a.py", "loop", None]
    assert tree.read("file.py") == b"real/a.py"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("loop", "`loop` cannot be read: "),
        ("out", "`out` leads out of the project"),
        ("../secret", "`../secret` leads out of the project"),
        ("folder", "`folder` is not a file"),
        ("missing", "`missing` is not in the project"),
        ("a\0b", "`a\0b` cannot be read: "),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path: Path, path: str, message: str) -> None:
    project = tmp_path / "project"
    (project / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (project / "loop").symlink_to("loop")
    (project / "out").symlink_to("../secret")

    with pytest.raises(ProjectError) as caught:
        FolderTree(project).read(path)

    assert caught.value.message.startswith(message)


def test_what_is_no_file_is_skipped_with_the_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.py")).write_text("x")
    tree = FolderTree(tmp_path)

    assert tree.paths() == ()
    assert tree.skipped() == (
        Skipped("bad\\udcff.py", "its name is not UTF-8"),
        Skipped("pipe", "is neither a file, a folder nor a link"),
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_skipped_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)

    assert FolderTree(tmp_path).skipped() == (
        Skipped("locked", "cannot be read: Permission denied"),
    )


@pytest.mark.parametrize(
    ("name", "message"), [("none", "does not exist"), ("f", "is not a folder")]
)
def test_a_root_that_is_no_folder_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "f").write_text("x")

    with pytest.raises(ProjectError, match=message):
        FolderTree(tmp_path / name).paths()


def test_memory_and_folder_agree(tmp_path: Path) -> None:
    write(tmp_path, "b/c.py", "a.py")
    (tmp_path / "a.py").chmod(0o755)
    (tmp_path / "l").symlink_to("a.py")
    folder = FolderTree(tmp_path)
    memory = MemoryTree(
        {"b/c.py": b"b/c.py", "a.py": b"a.py"}, links={"l": "a.py"}, executable=("a.py",)
    )

    assert folder.paths() == memory.paths()
    for path in folder.paths():
        assert folder.read(path) == memory.read(path)
        assert folder.link(path) == memory.link(path)
        assert folder.size(path) == memory.size(path)
    assert folder.mode("a.py") == memory.mode("a.py")
