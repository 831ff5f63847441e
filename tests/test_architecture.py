"""The rules of the code base that no single module can keep."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHECKOUT = Path(__file__).parent.parent
MODULES = sorted((CHECKOUT / "src").rglob("*.py"))

# What a quick command must not pay for.
HEAVY = (
    "concurrent.futures.process",
    "deflate",
    "isal",
    "msgspec",
    "multiprocessing",
    "packaging",
    "platformdirs",
    "pysequoia",
    "rich",
    "ssl",
    "subprocess",
    "tomli_w",
    "urllib3",
    "uv",
)


def test_imports_point_down_the_data_flow() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter is not None

    done = subprocess.run(
        [linter, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_says_what_it_is_about(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))

    assert docstring


def test_no_module_is_named_for_nothing() -> None:
    empty_words = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

    assert [path for path in MODULES if path.stem in empty_words] == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_a_quick_command_imports_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "boxwright", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = set(re.findall(r"\|\s+([\w.]+)$", done.stderr, re.MULTILINE))
    assert "boxwright.cli.main" in imported
    assert sorted(imported.intersection(HEAVY)) == []


def test_no_file_names_the_registries_or_folders_of_this_machine() -> None:
    names = sorted(_registry_hosts() | _local_folders())
    if not names:
        pytest.skip("pip, apt and npm are not set up on this machine")
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in names))

    found = [
        f"{path.relative_to(CHECKOUT)}: {match[0]}"
        for path in _tracked_files()
        for match in [pattern.search(path.read_text(encoding="utf-8", errors="replace"))]
        if match
    ]

    assert found == []


def _tracked_files() -> list[Path]:
    if not (CHECKOUT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no Git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (CHECKOUT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def _registry_hosts() -> set[str]:
    """Return the hosts that pip, apt and npm ask on this machine, their defaults included."""
    urls = set(_pip_settings("index-url", "extra-index-url"))
    default = (
        "from pip._internal.models.index import PyPI as i; print(i.url, i.file_storage_domain)"
    )
    for word in _printed_by(sys.executable, "-c", default).split():
        urls.add(word if "://" in word else f"https://{word}")
    urls |= set(_printed_by("apt-get", "indextargets", "--format", "$(REPO_URI)").split())
    urls |= set(_printed_by("npm", "config", "get", "registry").split())
    hosts = {urlsplit(url).hostname or "" for url in urls}
    # The name of an organisation's page (www.…) is no registry, and a bare name is too common.
    return {host for host in hosts if host.count(".") >= 1}


def _local_folders() -> set[str]:
    """Return the folders that pip is set up with on this machine."""
    places = _pip_settings("find-links", "index-url", "extra-index-url")
    paths = {urlsplit(place).path if "://" in place else place for place in places}
    local = {path for path in paths if path.startswith("/") and Path(path).is_dir()}
    return {path.rstrip("/") for path in local if path.count("/") > 1}


def _pip_settings(*keys: str) -> list[str]:
    """Return the words of the settings *keys* from all of pip's configuration files."""
    listed = _printed_by(sys.executable, "-m", "pip", "config", "debug")
    words: list[str] = []
    for name in re.findall(r"^\s+(\S+), exists: True", listed, re.MULTILINE):
        parser = configparser.RawConfigParser()
        parser.read(name, encoding="utf-8")
        for section in parser.sections():
            for key in keys:
                words += parser.get(section, key, fallback="").split()
    return words


def _printed_by(*command: str) -> str:
    """Return what *command* prints, nothing where there is no such program."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout
