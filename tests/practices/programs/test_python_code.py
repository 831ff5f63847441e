"""Python in commands."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.python_code import python_code


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("python -c 'print(1)'", "print(1)"),
        ('python3.12 -Bu -c "print(\\"a\\")"', 'print("a")'),
        ("python -uc 'a()'", "a()"),
        ("python - <<EOF\na()\nEOF", "a()\n"),
        ("python3 <<'EOF'\na()\nEOF", "a()\n"),
        ("uv run python -c 'a()'", "a()"),
        ("conda run -n x python -c 'a()'", "a()"),
    ],
)
def test_code(script: str, code: str) -> None:
    found = python_code(command(script))

    assert found is not None
    assert found.text == code


@pytest.mark.parametrize(
    "script",
    ["python x.py", "python -m x", "python", "ls -c x", "python -c", "python x.py <<EOF\na\nEOF"],
)
def test_no_code(script: str) -> None:
    assert python_code(command(script)) is None


def names(script: str) -> list[str]:
    found = python_code(command(script))
    assert found is not None
    return [call.name for call in found.calls]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import torch; torch.hub.load('a')", ["torch.hub.load"]),
        ("from torch import hub as h; h.load('a')", ["torch.hub.load"]),
        ("import torch.hub as t; t.load('a')", ["torch.hub.load"]),
        ("from transformers import AutoModel as M; M.from_pretrained('a').to('cuda')",
         [".to", "transformers.AutoModel.from_pretrained"]),
        ("__import__('torch').cuda.is_available()",
         ["torch.cuda.is_available", "__import__"]),
        ("a(", []),
        ("x = '\\d'; a()", ["a"]),
    ],
)  # fmt: skip
def test_calls_by_their_names(code: str, expected: list[str]) -> None:
    assert names(f'python -c "{code}"') == expected


def test_variables_of_the_shell_are_names() -> None:
    assert names('python -c "load($MODEL, ${X:-y}, {1: 2})"') == ["load"]
    assert names("python -c \"load('${MODEL}')\"") == ["load"]


def test_arguments_and_where_they_are() -> None:
    script = 'python -c \'load("a", -1, x, revision="b", *y, **z)\''
    found = python_code(command(script))

    assert found is not None
    (call,) = found.calls
    given = [*call.arguments, *call.keywords.values()]
    assert [(item.value, item.is_literal, item.text) for item in given] == [
        ("a", True, '"a"'),
        (-1, True, "-1"),
        (None, False, "x"),
        ("b", True, '"b"'),
    ]
    assert [script[slice(*item.span)] for item in given] == ['"a"', "-1", "x", '"b"']
    assert script[slice(*call.name_span)] == "load"


def test_places_behind_escapes_and_letters_of_more_bytes() -> None:
    script = 'python -c "é(\\"ü\\"); load(\\"a\\")"'
    found = python_code(command(script))

    assert found is not None
    call = found.calls[1]
    assert script[slice(*call.span)] == 'load(\\"a\\")'


def test_places_in_a_heredoc() -> None:
    script = "set -e\npython - <<'EOF'\nimport a\na.b('c')\nEOF\n"
    found = python_code(command(script.removeprefix("set -e\n")))

    assert found is not None
    assert script.removeprefix("set -e\n")[slice(*found.calls[0].span)] == "a.b('c')"
    assert found.imports == {"a"}


@pytest.mark.parametrize(
    "code",
    ["(" * 10_000, "-" * 20_000 + "1", "1+" * 20_000 + "1", "a." * 20_000 + "b()", "f(" * 80 + ")" * 80,
     "\0", "x" * 60_000 + "()"],
)  # fmt: skip
def test_code_of_malice_has_no_calls_or_some(code: str) -> None:
    found = python_code(command(f"python - <<'EOF'\n{code}\nEOF"))

    assert found is None or len(found.calls) in {0, 1, 80}
