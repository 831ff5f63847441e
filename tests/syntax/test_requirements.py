"""Requirements files are read as pip reads them."""

from __future__ import annotations

import pytest

from boxwright.errors import ProjectError
from boxwright.syntax.requirements import (
    Include,
    Option,
    Requirement,
    Requirements,
    parse_requirements,
)


def test_a_whole_file() -> None:
    text = """\
# what we serve with
-i https://index.test/simple
--extra-index-url=https://other.test/simple
-f ./wheels
-r base.txt
-c constraints.txt

Fast_API[standard,All] >=0.100, <1 ; python_version >= "3.11"  # web
torch==2.9.1 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
-e ./libs/mine
pkg @ git+https://host.test/pkg@main#egg=pkg ; sys_platform == "linux"
https://host.test/a-1.0-py3-none-any.whl
"""

    assert parse_requirements(text, "requirements.txt") == Requirements(
        requirements=(
            Requirement(
                name="fast-api",
                text='Fast_API[standard,All] >=0.100, <1 ; python_version >= "3.11"',
                line=8,
                extras=("standard", "all"),
                specifier=">=0.100,<1",
                marker='python_version >= "3.11"',
            ),
            Requirement(
                name="torch",
                text="torch==2.9.1",
                line=9,
                specifier="==2.9.1",
                hashes=("sha256:aaaa", "sha256:bbbb"),
            ),
            Requirement(name="", text="./libs/mine", line=12, url="./libs/mine", editable=True),
            Requirement(
                name="pkg",
                text='pkg @ git+https://host.test/pkg@main#egg=pkg ; sys_platform == "linux"',
                line=13,
                url="git+https://host.test/pkg@main#egg=pkg",
                marker='sys_platform == "linux"',
            ),
            Requirement(
                name="",
                text="https://host.test/a-1.0-py3-none-any.whl",
                line=14,
                url="https://host.test/a-1.0-py3-none-any.whl",
            ),
        ),
        includes=(
            Include(path="base.txt", line=5),
            Include(path="constraints.txt", line=6, constrains=True),
        ),
        options=(
            Option(name="--index-url", value="https://index.test/simple", line=2),
            Option(name="--extra-index-url", value="https://other.test/simple", line=3),
            Option(name="--find-links", value="./wheels", line=4),
        ),
    )


@pytest.mark.parametrize(
    ("text", "is_hashed"),
    [("a==1 --hash=sha256:ab", True), ("a==1 --hash=sha256:ab\nb==1", False), ("# none", False)],
)
def test_a_file_is_hashed_when_all_of_it_is(text: str, is_hashed: bool) -> None:
    assert parse_requirements(text, "r.txt").is_hashed is is_hashed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy\ntorch=2.4", "r.txt:2: `torch=2.4` is no requirement"),
        ("--frobnicate", "r.txt:1: `--frobnicate` is no option of a requirements file"),
        ("-r", "r.txt:1: the option `-r` needs a value"),
        ("<<<<<<< HEAD", "r.txt:1: `<<<<<<< HEAD` is no requirement"),
        ("a b c", "r.txt:1: `a b c` is no requirement"),
        ("? https://me:geheim@host.test/x", "r.txt:1: `? https://…@host.test/x` is no requirement"),
    ],
)
def test_what_is_not_understood_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parse_requirements(text, "r.txt")

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("a>=1,<2", ">=1,<2"),
        ("a (>=1)", ">=1"),
        ("a ~= 1.4.2", "~=1.4.2"),
        ("a===1!2.0+local", "===1!2.0+local"),
        ("a==1.*", "==1.*"),
        ("a", ""),
    ],
)
def test_specifiers(text: str, specifier: str) -> None:
    assert parse_requirements(text, "r.txt").requirements[0].specifier == specifier
