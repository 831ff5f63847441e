"""Which caches commands fill and empty."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.caches import (
    FilledCache,
    cache_mount_covers,
    caches,
    cleared_caches,
    emptied_folders,
    filled_caches,
)


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("apt-get update", ["apt lists"]),
        ("apt-get install -y x", ["apt archives"]),
        ("apk add x", ["apk"]),
        ("apk add --no-cache x", []),
        ("dnf install -y x", ["dnf"]),
        ("dnf clean all", []),
        ("pip install x", ["pip"]),
        ("pip install --no-cache-dir x", []),
        ("PIP_NO_CACHE_DIR=off pip install x", []),
        ("pip list", []),
        ("uv sync", ["uv"]),
        ("uv pip install --no-cache x", []),
        ("uv run --no-sync x", []),
        ("uv lock", []),
        ("conda env create -f x", ["conda"]),
        ("poetry install", ["poetry"]),
        ("poetry install --no-cache", []),
        ("npm ci", ["npm"]),
        ("yarn", ["yarn"]),
        ("hf download a/b", ["huggingface"]),
        ("huggingface-cli download a/b --local-dir /m", []),
        ("go build ./...", ["go"]),
        ("cargo install x", ["cargo"]),
        ("echo pip install", []),
    ],
)
def test_what_fills_caches(script: str, names: list[str]) -> None:
    assert [filled.cache.name for filled in filled_caches(command(script))] == names


@pytest.mark.parametrize(
    ("script", "environment", "folders"),
    [
        ("pip install x", {}, ("~/.cache/pip",)),
        ("pip install x", {"XDG_CACHE_HOME": "/c/"}, ("/c/pip",)),
        ("pip install x", {"XDG_CACHE_HOME": "/c", "PIP_CACHE_DIR": "/p"}, ("/p",)),
        ("pip install x", {"PIP_CACHE_DIR": None}, ("$PIP_CACHE_DIR",)),
        ("UV_CACHE_DIR=/u uv sync", {"UV_CACHE_DIR": "/x"}, ("/u",)),
        ("pip install --cache-dir /o x", {"PIP_CACHE_DIR": "/p"}, ("/o",)),
    ],
)
def test_where_caches_are(
    script: str, environment: dict[str, str | None], folders: tuple[str, ...]
) -> None:
    (cache,) = [caches()[name] for name in ("pip", "uv") if name in script]

    assert filled_caches(command(script), environment) == (FilledCache(cache, folders),)


@pytest.mark.parametrize(
    ("script", "environment", "is_filled"),
    [
        ("uv sync", {"UV_NO_CACHE": "1"}, False),
        ("uv sync", {"UV_NO_CACHE": "0"}, True),
        ("pip install x", {"PIP_NO_CACHE_DIR": "1"}, False),
        pytest.param("pip install x", {"PIP_NO_CACHE_DIR": "0"}, False, id="pip takes 0 for 1"),
        ("pip install x", {"PIP_NO_CACHE_DIR": ""}, True),
        ("pip install x", {"PIP_NO_CACHE_DIR": None}, True),
        ("env PIP_NO_CACHE_DIR=1 pip install x", {}, False),
    ],
)
def test_what_turns_caches_off(
    script: str, environment: dict[str, str | None], is_filled: bool
) -> None:
    assert bool(filled_caches(command(script), environment)) is is_filled


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("rm -rf /var/lib/apt/lists/*", ["apt lists"]),
        ("rm -rf /var/lib/apt/lists/* /var/cache/apt/archives", ["apt archives", "apt lists"]),
        ("rm -rf /var/lib/apt /var/cache/apt/*", ["apt archives", "apt lists"]),
        ("rm -rf /var/{cache/apt,lib/apt}", ["apt archives", "apt lists"]),
        ("find /var/lib/apt/lists -mindepth 1 -delete", ["apt lists"]),
        ("find /var/lib/apt/lists -name x -delete", []),
        ("rm /var/lib/apt/lists/*", []),
        ("rm -rf /var/lib/apt/lists/partial", []),
        ("apt-get clean", ["apt archives"]),
        ("apt-get autoclean", []),
        ("apt-get distclean", ["apt archives", "apt lists"]),
        ("rm -rf /var/cache/apk/*", ["apk"]),
        ("dnf clean all", ["dnf", "yum"]),
        ("dnf clean packages", []),
        ("rm -rf /var/cache/dnf*", ["dnf"]),
        ("rm -fr ~/.cache/pip", ["pip"]),
        ("rm -r /root/.cache/pip", ["pip"]),
        ('rm -rf "$HOME/.cache/uv"', ["uv"]),
        ("rm -rf ~/.cache", ["huggingface", "pdm", "pip", "pipenv", "poetry", "uv"]),
        ("python -m pip cache purge", ["pip"]),
        ("uv cache clean", ["uv"]),
        ("uv cache prune", []),
        ("conda clean -afy", ["conda"]),
        ("conda clean --index-cache", []),
        ("rm -rf /root/miniconda3/pkgs", ["conda"]),
        ("npm cache clean --force", ["npm"]),
        ("yarn cache clean", ["yarn"]),
        ("go clean -cache -modcache", ["go"]),
        ("echo", []),
    ],
)
def test_what_empties_caches(script: str, names: list[str]) -> None:
    assert sorted(cleared_caches(command(script))) == names


def test_a_cache_that_is_moved_is_emptied_where_it_is() -> None:
    environment = {"PIP_CACHE_DIR": "/p"}

    assert cleared_caches(command("rm -rf /p"), environment) == {"pip"}
    assert "pip" not in cleared_caches(command("rm -rf ~/.cache"), environment)


def test_every_cleaner_empties_its_cache() -> None:
    cleaners = {cache.name: cache.cleaner for cache in caches().values() if cache.cleaner}

    # `pnpm store prune` and its like are checked by their names.
    assert [
        name for name, text in cleaners.items() if name not in cleared_caches(command(text))
    ] == []


@pytest.mark.parametrize(
    ("target", "covers"),
    [("/root/.cache/pip", True), ("/root/.cache", True), ("~/.cache/pip/", True), ("/root", True),
     ("/home/app/.cache/pip", False), ("/root/.cache/uv", False)],
)  # fmt: skip
def test_cache_mounts(target: str, covers: bool) -> None:
    assert cache_mount_covers(target, ("~/.cache/pip",)) is covers


def test_cache_mounts_in_another_home() -> None:
    assert cache_mount_covers("/home/app/.cache", ("~/.cache/pip",), "/home/app")


def test_folders_that_are_emptied() -> None:
    assert emptied_folders(command("rm -rf a/* b/ / /x*")) == ("a", "b", "/", "/x*")
