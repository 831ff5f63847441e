from __future__ import annotations

from boxwright.practices.context import Context
from boxwright.practices.ignore_lines import listed, missing_patterns
from boxwright.project.tree import MemoryTree


def test_patterns_for_what_is_there() -> None:
    context = Context(
        MemoryTree(
            dict.fromkeys(
                (
                    ".git/HEAD",
                    "a/__pycache__/b.pyc",
                    "c.pyc",
                    "web/node_modules/d.js",
                    "venv/pyvenv.cfg",
                    "main.py",
                ),
                b"x",
            )
        )
    )

    assert [(item.pattern, item.is_certain) for item in missing_patterns(context)] == [
        ("**/*.pyc", True),
        ("**/__pycache__", True),
        ("**/node_modules", False),
        (".git", True),
        ("venv", True),
    ]


def test_a_list_is_cut() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed("abcde", most=2)] == [
        "`a`",
        "`a` and `b`",
        "`a`, `b` and 3 more",
    ]
