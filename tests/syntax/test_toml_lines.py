"""Keys of a TOML text are found with their line."""

from __future__ import annotations

import pytest

from boxwright.syntax.toml_lines import line_of

_TEXT = """\
[project]
name = "x"
dependencies = [
  "numpy",
]

[project.scripts]
serve = "x:main"

[tool.uv]
"package" = false
sources.torch = { index = "cpu" }
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("project",), 1),
        (("project", "dependencies"), 3),
        (("project", "scripts", "serve"), 8),
        (("tool", "uv", "package"), 11),
        (("tool", "uv", "sources", "torch", "index"), 12),
        (("build-system",), None),
    ],
)
def test_lines(path: tuple[str, ...], line: int | None) -> None:
    assert line_of(_TEXT, path) == line
