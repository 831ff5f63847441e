"""What git fetches."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.git import (
    GitRequirement,
    checkout,
    clone,
    git_requirement,
    pinned_clones,
    pulls_large_files,
)

SHA = "3f2a9c1d5e6f708192a3b4c5d6e7f8091a2b3c4d"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("git clone https://github.com/a/b.git", ("b", "", "", "github.com")),
        (
            "git clone --depth 1 -b v1 https://github.com/a/b /src",
            ("/src", "v1", "1", "github.com"),
        ),
        ("git clone --depth=1 --branch=v1 git@github.com:a/b.git", ("b", "v1", "1", "github.com")),
        (f"git clone --revision={SHA} $URL x", ("x", SHA, "", "")),
        ("git -c http.x=y clone --recursive https://hf.co/a/b .", (".", "", "", "hf.co")),
    ],
)
def test_clone(script: str, expected: tuple[str, str, str, str]) -> None:
    found = clone(command(script))

    assert found is not None
    assert (
        found.directory,
        found.ref.value if found.ref else "",
        found.depth.value if found.depth else "",
        found.host,
    ) == expected


@pytest.mark.parametrize(
    ("script", "ref"),
    [
        (f"git checkout {SHA}", SHA),
        ("git -C src checkout -q v1.0", "v1.0"),
        ("git switch --detach abcdef1", "abcdef1"),
        ("git reset --hard abcdef1", "abcdef1"),
        ("git checkout -- file", None),
        ("git status", None),
    ],
)
def test_checkout(script: str, ref: str | None) -> None:
    found = checkout(command(script))

    assert (found.ref.value if found else None) == ref


@pytest.mark.parametrize(
    ("script", "refs"),
    [
        (f"git clone https://x.org/a && cd a && git checkout {SHA}", [SHA]),
        (f"git clone https://x.org/a && git -C a checkout {SHA}", [SHA]),
        ("git clone https://x.org/a && cd b && git checkout abcdef1", [""]),
        ("git clone -b v1 https://x.org/a", ["v1"]),
        (
            (
                "git clone https://x.org/a && git clone https://x.org/b"
                " && (cd b && git checkout abcdef2) && cd /a && git checkout abcdef1"
            ),
            ["abcdef1", "abcdef2"],
        ),
        (f"git clone https://x.org/a $D && cd $D && git checkout {SHA}", [SHA]),
        (
            (
                f"git clone https://x.org/a && cd a && git fetch origin {SHA}"
                " && git checkout FETCH_HEAD"
            ),
            [SHA],
        ),
    ],
)
def test_pinned_clones(script: str, refs: list[str]) -> None:
    assert [found.ref for found in pinned_clones(commands(script))] == refs


def test_large_files() -> None:
    scripts = ("git lfs pull", "git lfs install", "git pull")

    assert [pulls_large_files(command(script)) for script in scripts] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git+https://github.com/a/b", GitRequirement("https://github.com/a/b", "")),
        (f"b @ git+https://x@h.org/a/b@{SHA}", GitRequirement("https://x@h.org/a/b", SHA)),
        ("git+ssh://git@github.com/a/b@v1 ; x", GitRequirement("ssh://git@github.com/a/b", "v1")),
        ("torch==2", None),
    ],
)
def test_git_requirement(text: str, expected: GitRequirement | None) -> None:
    assert git_requirement(text) == expected
