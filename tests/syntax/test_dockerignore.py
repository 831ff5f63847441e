"""`.dockerignore` is matched as BuildKit matches it, which was compared with its source."""

from __future__ import annotations

import pytest

from boxwright.errors import ProjectError
from boxwright.syntax.dockerignore import Dockerignore


def ignored(text: str, *paths: str) -> list[str]:
    ignore = Dockerignore.parse(text)
    return [path for path in paths if ignore.ignores(path)]


@pytest.mark.parametrize(
    ("text", "out", "kept"),
    [
        pytest.param("data", ["data", "data/x", "data/y/z"], ["my/data", "data2"], id="a folder"),
        pytest.param("/data/", ["data/x"], ["my/data"], id="slashes around"),
        pytest.param("*.log", ["a.log"], ["logs/a.log"], id="one star stays in its folder"),
        pytest.param("**/*.log", ["a.log", "x/y/a.log"], ["a.log.txt"], id="two stars do not"),
        pytest.param("**.log", ["a.log", "x/a.log"], ["a.logs"], id="two stars and a suffix"),
        pytest.param("docs/**", ["docs/a", "docs/b/c"], ["docs"], id="all below"),
        pytest.param("a/**/b", ["a/b", "a/x/y/b"], ["a/bb"], id="any folders between"),
        pytest.param("*/temp*", ["x/temp", "x/temp1/y"], ["temp", "x/y/temp"], id="one level down"),
        pytest.param("file?", ["file1"], ["file", "file12", "file/"], id="any one character"),
        pytest.param("[a-c].py", ["b.py"], ["d.py"], id="a range"),
        pytest.param("[^a-c].py", ["d.py"], ["b.py"], id="not in a range"),
        pytest.param(r"\*.py", ["*.py"], ["a.py"], id="an escaped star"),
        pytest.param("a.b", ["a.b"], ["axb"], id="a dot is a dot"),
        pytest.param("a(b)+c", ["a(b)+c"], ["abbc"], id="signs of expressions are plain"),
        pytest.param("# x\n\n  y  \n", ["y"], ["# x", "x"], id="comments and spaces"),
        pytest.param(" # x", ["# x"], ["x"], id="a comment begins the line"),
        pytest.param("\ufeffx", ["x"], [], id="a byte order mark"),
        pytest.param("a/../b", ["b"], ["a"], id="cleaned before matching"),
        pytest.param("x\r\ny\r\n", ["x", "y"], [], id="lines of Windows"),
    ],
)
def test_matching(text: str, out: list[str], kept: list[str]) -> None:
    assert ignored(text, *out, *kept) == out


def test_the_last_pattern_that_matches_decides() -> None:
    text = "docs\n!docs/README.md\ndocs/README.md\n"

    assert ignored(text, "docs/a.md", "docs/README.md") == ["docs/a.md", "docs/README.md"]


def test_an_exception_brings_back_a_file_of_an_ignored_folder() -> None:
    assert ignored("*\n!src\n!main.py", "src/a.py", "main.py", "data/x") == ["data/x"]


def test_an_exception_for_a_folder_does_not_reach_files_ignored_by_name() -> None:
    """BuildKit tries an exception only on what is ignored at that moment."""
    assert ignored("**/*.txt\n!d", "d/x.txt") == ["d/x.txt"]


def test_an_exclamation_mark_behind_a_slash_is_an_exception_too() -> None:
    assert ignored("*\n/!main.py", "main.py", "x") == ["x"]


@pytest.mark.parametrize("text", ["!", "!  ", "[", "[]a]", "[a-]", "[-a]", "a\\", "[a-b-c]"])
def test_a_malformed_pattern_is_an_error_with_its_line(text: str) -> None:
    with pytest.raises(ProjectError, match=r"^\.dockerignore:2: "):
        Dockerignore.parse(f"# first\n{text}\n")


def test_a_folder_is_left_out_as_a_whole_unless_an_exception_reaches_into_it() -> None:
    ignore = Dockerignore.parse("data\nvendor\n!data/labels.csv\n")

    assert [ignore.ignores_all_below(name) for name in ("data", "vendor", "src")] == [
        False,
        True,
        False,
    ]
    assert not Dockerignore.parse("data\n!**/*.py").ignores_all_below("data")


def test_the_pattern_to_blame_is_told() -> None:
    ignore = Dockerignore.parse("a\n**/b\n")
    pattern = ignore.matching("x/b/c")

    assert pattern is not None
    assert (pattern.text, pattern.line) == ("**/b", 2)
