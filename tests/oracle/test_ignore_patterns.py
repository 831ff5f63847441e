"""What a `.dockerignore` leaves out, another reading of BuildKit's rules leaves out too."""

from __future__ import annotations

import itertools
import random

import pytest

from boxwright.errors import ProjectError
from boxwright.syntax.dockerignore import Dockerignore

e2b = pytest.importorskip("e2b_dockerfile_utils", reason="e2b-dockerfile-utils is not installed")

pytestmark = pytest.mark.oracle

PATHS = (
    *("a", "b", "ab", "abc", ".a", "a.b", "a b", "a[b", "a*b", "a\\b", "é", "é.py", "A"),
    *("a/a", "a/b", "a/ab", "a/.a", "b/a", "b/b/a", "a/b/a", "a/b/c/a", "ab/a", "ab/abc/b"),
    *("data/train.csv", "data/raw/a.csv", "data/.keep", "models/m.pt", "models/best/m.pt"),
    *("src/app.py", "src/app.pyc", "src/__pycache__/app.pyc", ".git/HEAD", "sub/.git/HEAD"),
    *(".env", "conf/.env", "README.md", "docs/README.md", "docs/a.md", "x.log", "logs/x.log"),
)

REALISTIC = (
    "data\n!data/.keep\n",
    "*\n!src\n!README.md\n",
    "**\n!src/**\n**/__pycache__\n",
    "**/*.pyc\n**/__pycache__/\n.git\n**/.env\n",
    "/data/\n./models\nmodels/../src/app.pyc\n",
    "# comment\n  data  \n\n #not a comment\n",
    "*.md\n!README.md\n",
    "docs/*.md\n!**/README.md\n",
    "**/.git\n!.git/HEAD\n",
    "data/**\n!data/*/\n!data/raw/*.csv\n",
    "**/a\n!b/**/a\n",
    "a*/**\n!ab/a\n",
    "*/b\n*/*/a\n",
    "?\n??\n",
    "[ab]\n[^a]/b\n[a-c]*/a\n",
    "a\\[b\na\\*b\n",
    "*.log\r\nmodels\r\n",
    "!a\na\n!a/b\n",
    "**/**/a\n",
    "a/./b//c\n",
    ".\n",
    "/\n",
    "**\n",
    "*\n",
    "..\n",
    "é*\n",
)


@pytest.mark.parametrize("text", REALISTIC)
def test_files_as_people_write_them(text: str) -> None:
    assert ours(text) == theirs(text)


def test_every_short_pattern() -> None:
    # Not a backslash before a letter: to BuildKit, but not to the other, `\b` is the regular
    # expression's word boundary.
    pieces = ("a", "b", "*", "**", "?", "/", ".", "[ab]", "[^a]", "\\*")
    texts = [
        "".join(chosen)
        for size in (1, 2, 3, 4)
        for chosen in itertools.product(pieces, repeat=size)
    ]

    assert [text for text in texts if ours(text) != theirs(text)] == []


def test_lists_of_patterns_with_exceptions() -> None:
    chance = random.Random(7)  # noqa: S311
    pieces = ("a", "b", "ab", "*", "**", "?", ".a", "c", "[ab]", "data", "*.csv", "src", "..")
    texts = []
    for _ in range(1500):
        lines = (
            chance.choice(("", "", "!", "! ", "/"))
            + "/".join(chance.choices(pieces, k=chance.randint(1, 4)))
            for _ in range(chance.randint(1, 6))
        )
        texts.append("\n".join(lines))

    assert [text for text in texts if ours(text) != theirs(text)] == []


def ours(text: str) -> tuple[str, ...] | None:
    """Return which paths are left out; None where a pattern is malformed."""
    try:
        ignore = Dockerignore.parse(text)
    except ProjectError:
        return None
    return tuple(path for path in PATHS if ignore.ignores(path))


def theirs(text: str) -> tuple[str, ...] | None:
    try:
        matcher = e2b.PatternMatcher(text.split("\n"))
    except ValueError:
        return None
    return tuple(path for path in PATHS if matcher.matches(path))
