"""Python files are parsed, whatever is in them, and never imported."""

from __future__ import annotations

import ast

import pytest

from boxwright.project.detectors.modules import Modules, statements
from boxwright.project.tree import MemoryTree


def parse(**files: bytes) -> Modules:
    given = {f"{name}.py": content for name, content in files.items()}
    return Modules(MemoryTree(given), tuple(given))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"app = " + b"(" * 5000 + b")" * 5000, id="nested parentheses"),
        pytest.param(b"app = " + b"-" * 20000 + b"1", id="nested operators"),
        pytest.param(b"app = x" + b".a" * 50000, id="a long chain of attributes"),
        pytest.param(b"app = \0", id="a null byte"),
        pytest.param(b"app = '\xff'", id="not UTF-8"),
        pytest.param(b"# coding: nonsense\napp = 1", id="an unknown encoding"),
        pytest.param(b"app = = 1", id="a syntax error"),
    ],
)
def test_what_cannot_be_parsed_is_a_remark_and_no_failure(content: bytes) -> None:
    found = parse(main=content, other=b"app = 1")

    assert [module.path for module in found.started] in (["other.py"], ["main.py", "other.py"])
    assert len(found.remarks) + len(found.started) == 2


def test_a_long_chain_of_conditions_is_followed_to_its_end() -> None:
    text = "import sys\nif sys.argv:\n  app = 1\n" + "elif sys.path:\n  app = 2\n" * 800
    module = parse(main=text.encode()).started[0]

    assert (
        len([node for node in statements(module.tree.body) if isinstance(node, ast.Assign)]) == 801
    )


def test_a_syntax_error_is_told_with_its_line() -> None:
    remark = parse(main=b"import flask\nx = = 1\n").remarks[0]

    assert remark.text == "`main.py` cannot be read as Python: invalid syntax"
    assert str(remark.evidence[0]) == "main.py:2"


def test_warnings_of_the_compiler_are_not_ours() -> None:
    assert len(parse(main=b"app = '\\d'\n").started) == 1


def test_relative_imports_are_resolved() -> None:
    files = {
        "pkg/__init__.py": b"from .a import app\napp = app\n",
        "pkg/sub/b.py": b"from ..a import app as other\nfrom . import c\napp = 1\n",
    }
    modules = Modules(MemoryTree(files), tuple(files)).started

    assert [dict(module.imports) for module in modules] == [
        {"app": "pkg.a.app"},
        {"other": "pkg.a.app", "c": "pkg.sub.c"},
    ]
