"""Requirements on command lines."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.python_requirement import PythonRequirement, python_requirement


def _requirement(text: str) -> PythonRequirement | None:
    return python_requirement(command(f"x {text}").words[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Torch", {"name": "torch"}),
        ("torch==2.4.1+cu121", {"name": "torch", "specifier": "==2.4.1+cu121"}),
        ("'a_b[X,y]>=1, <2'", {"name": "a-b", "extras": ["x", "y"], "specifier": ">=1,<2"}),
        (
            "'a~=1.0; python_version<\"3.12\"'",
            {"name": "a", "specifier": "~=1.0", "marker": 'python_version<"3.12"'},
        ),
        ("'a @ https://host.test/a.whl'", {"name": "a", "url": "https://host.test/a.whl"}),
        ("torch==$V", {"name": "torch", "specifier": "==$V"}),
        ("ruff@0.6.1", {"name": "ruff", "specifier": "==0.6.1"}),
        ("ruff@latest", {"name": "ruff"}),
        (".", {"url": "."}),
        ("'.[dev]'", {"extras": ["dev"], "url": "."}),
        ("./libs/a", {"url": "./libs/a"}),
        ("$HOME/a", {"url": "$HOME/a"}),
        (
            "dist/foo_bar-1.0%2Bcu1-py3-none-any.whl",
            {
                "name": "foo-bar",
                "specifier": "==1.0+cu1",
                "url": "dist/foo_bar-1.0%2Bcu1-py3-none-any.whl",
            },
        ),
        ("*.whl", {"url": "*.whl"}),
        ("dist/torch-*.whl", {"name": "torch", "url": "dist/torch-*.whl"}),
        ("git+$REPOSITORY/x.git", {"name": "x", "url": "git+$REPOSITORY/x.git"}),
        ("git+https://h.test/$NAME", {"url": "git+https://h.test/$NAME"}),
        (
            "git+https://h.test/a/B_c.git@v1",
            {"name": "b-c", "url": "git+https://h.test/a/B_c.git@v1"},
        ),
        (
            "git+ssh://h.test/x#egg=Name[e]",
            {"name": "name", "url": "git+ssh://h.test/x#egg=Name[e]"},
        ),
        ("$PACKAGES", None),
        ("''", None),
    ],
)
def test_what_it_asks_for(text: str, expected: dict[str, Any] | None) -> None:
    assert said(_requirement(text)) == expected


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("a==1.0+x", "1.0+x"),
        ("a===1", "1"),
        ("a==1.*", ""),
        ("'a>=1'", ""),
        ("'a==1,!=2'", ""),
        ("a", ""),
    ],
)
def test_the_one_version(text: str, version: str) -> None:
    requirement = _requirement(text)

    assert requirement is not None
    assert requirement.version == version
