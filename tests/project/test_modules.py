"""Python files are parsed, whatever is in them, and never imported."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from boxwright.project.detectors.modules import Modules, statements
from boxwright.project.inspect import inspect
from boxwright.project.tree import FolderTree, MemoryTree
from boxwright.settings import Settings


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


def test_what_a_file_reaches_is_known_without_parsing_it() -> None:
    files = {
        "main.py": b"import a.b\nfrom a import (\n    c,  # see below\n    d as e,\n)\n",
        "a/__init__.py": b"",
        "a/b.py": b"from .sub import x\nfrom . import f\n",
        "a/c.py": b"import os, g\n",
        "a/d.py": b"= not python",
        "a/f.py": b"",
        "a/sub/__init__.py": b"from ..h import y\n",
        "a/h.py": b"",
        "g.py": b"import main\n",
        "other.py": b"import main\n",
    }
    modules = Modules(MemoryTree(files), tuple(files))

    assert sorted(modules.reached_from(["main.py"])) == [
        "a/__init__.py", "a/b.py", "a/c.py", "a/d.py", "a/f.py", "a/h.py", "a/sub/__init__.py",
        "g.py", "main.py",
    ]  # fmt: skip
    assert modules.remarks == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"import torch\nx = " + b"(" * 5000 + b")" * 5000, id="nested parentheses"),
        pytest.param(b"import torch\nx = y" + b".cuda" * 20000 + b"()", id="a long chain"),
        pytest.param(b"import os\nx = os.environ[\0]", id="a null byte"),
        pytest.param(b"\xef\xbb\xbfimport os\nx = os.environ['\xff']", id="not UTF-8"),
        pytest.param(b"x = '" + b"redis://" * 400_000 + b"'", id="three megabytes"),
        pytest.param(b"import os\nx = " + b"[os.environ[" * 90 + b"]]" * 90, id="nested lookups"),
        pytest.param(b"import os\nos.environ.get()\nos.getenv(*x)\nos.environ[1:2]", id="odd reads"),
        pytest.param(b"import torch\nm.to()\nm.cuda\ntorch.device()", id="odd calls"),
        pytest.param(b"x = x\nimport os\ny = os.getenv(x)\nopen(x, x)", id="a name of itself"),
        pytest.param(b"from a import b\nfrom main import b\nredis.Redis(b)\nimport redis",
                     id="an import of itself"),
        pytest.param(b"from pydantic_settings import BaseSettings\nclass A(A): ...\n"
                     b"class B(BaseSettings):\n    c: 'B'\n    d: B = B()", id="a class of itself"),
        pytest.param(b"import torch\nloss.backward()\ntorch.save(m, m / m / __file__)", id="odd paths"),
    ],
)  # fmt: skip
def test_odd_files_never_break_the_search_for_all_that_stands_around(content: bytes) -> None:
    tree = MemoryTree({"main.py": content, "a.py": b"from main import b\n", "x.ipynb": content})

    assert inspect(tree, Settings(dependencies=None)).name.value == "app"


def test_a_link_to_itself_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os\nx = os.environ['MODEL']\n")
    for name in ("loop.py", "data.csv", "model.pt", "a.ipynb", "compose.yaml"):
        (tmp_path / name).symlink_to(name)

    found = inspect(FolderTree(tmp_path), Settings())

    assert [variable.name for variable in found.variables] == ["MODEL"]
