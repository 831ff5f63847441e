"""What lies in a build context that no image needs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from boxwright.project.context import (
    DATA,
    NOT_NEEDED,
    UNREADABLE,
    WEIGHTS,
    IgnoredPath,
    escaped,
    find_ignored,
    standing_patterns,
)
from boxwright.syntax.dockerignore import Dockerignore

CACHES = "caches: they are made again, differ on every machine and change the digest"
CREDENTIALS = "may hold credentials: give them to the container as files when it runs"
ENVIRONMENTS = "virtual environments and installed packages: the image has its own"


def project(folder: Path, sizes: Mapping[str, int]) -> Path:
    for path, size in sizes.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bytes(size))
    return folder


def found(folder: Path, *shipped: str, packages: Sequence[str] = ()) -> dict[str, tuple[str, int]]:
    ignored = find_ignored(folder, shipped, ("pyproject.toml",), packages=packages)
    return {each.pattern: (each.reason, each.size) for each in ignored}


def test_folders_that_hold_nothing_of_use_are_named_with_their_sizes(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        {
            "app/main.py": 10, "pyproject.toml": 10, "README.md": 10, "data/a/train.csv": 2000,
            "data/labels.csv": 100, ".venv/lib/a.so": 5000, "checkpoints/last.pt": 900,
            "tests/test_app.py": 20, "old/thing.py": 7, ".git/objects/pack": 300,
        },
    )  # fmt: skip

    assert found(folder, "app/main.py") == {
        "**/.venv": (ENVIRONMENTS, 5000),
        "data": (DATA, 2100),
        "checkpoints": (WEIGHTS, 900),
        "**/.git": ("version control", 300),
        "tests": ("tests", 20),
        "old": (NOT_NEEDED, 7),
    }


def test_what_lies_beside_shipped_files_is_named_one_by_one(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        {
            "app/main.py": 10, "app/draft.txt": 20, "app/weights.onnx": 30,
            "app/__pycache__/main.cpython-313.pyc": 40, "app/sub/more.py": 50,
            "main.py": 1, "notes.txt": 60, "dump.sql": 200_000,
        },
    )  # fmt: skip

    assert found(folder, "app/main.py", "main.py") == {
        "dump.sql": (DATA, 200_000),
        "app/sub": (NOT_NEEDED, 50),
        "**/__pycache__": (CACHES, 40),
        "app/weights.onnx": (WEIGHTS, 30),
        "app/draft.txt": (NOT_NEEDED, 20),
    }


def test_many_files_of_one_kind_have_one_pattern(tmp_path: Path) -> None:
    pictures = {f"app/{number}.png": 10 for number in range(9)}
    folder = project(tmp_path, {"app/main.py": 1, "app/a.svg": 1, **pictures})

    assert found(folder, "app/main.py", "app/a.svg") == {"app/*.png": (NOT_NEEDED, 90)}
    assert len(found(folder, "app/main.py", "app/a.svg", "app/3.png")) == 8


def test_small_credentials_are_named_wherever_they_are(tmp_path: Path) -> None:
    folder = project(tmp_path, {"main.py": 1, ".env": 5, "cert.pem": 6, "secrets/password": 7})

    assert found(folder, "main.py") == {
        "secrets": (CREDENTIALS, 7),
        "**/*.pem": (CREDENTIALS, 6),
        "**/.env": (CREDENTIALS, 5),
    }


def test_a_package_keeps_what_its_build_may_read(tmp_path: Path) -> None:
    folder = project(tmp_path, {"src/app/main.py": 1, "stubs/a.pyi": 1, "tests/test_a.py": 2})

    assert found(folder, packages=["."]) == {"tests": ("tests", 2)}


def test_nothing_behind_a_link_is_looked_at(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", {"app/main.py": 1})
    project(tmp_path / "elsewhere", {"large.bin": 1000})
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "app" / "linked").symlink_to(tmp_path / "elsewhere")

    assert found(folder, "app/main.py") == {"app/linked": (NOT_NEEDED, 0)}


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_what_cannot_be_read_is_left_out_as_it_would_end_the_build(tmp_path: Path) -> None:
    folder = project(tmp_path, {"main.py": 1, "pg/data": 1})
    (folder / "pg").chmod(0)
    try:
        assert found(folder, "main.py") == {"pg": (UNREADABLE, 0)}
    finally:
        (folder / "pg").chmod(0o755)


@pytest.mark.parametrize("name", ["[a].csv", "a*.csv", "what?.csv", "#x", "!x", "back\\slash", "é"])
def test_an_escaped_name_matches_itself(name: str) -> None:
    ignore = Dockerignore.parse(escaped(name))

    assert ignore.ignores(name)
    assert not ignore.ignores("other.csv")


def test_standing_patterns_are_valid_and_say_why() -> None:
    patterns = standing_patterns()

    Dockerignore.parse("\n".join(each.pattern for each in patterns))
    assert IgnoredPath(pattern="**/.env", reason=CREDENTIALS) in patterns
    assert all(each.reason and not each.size for each in patterns)
