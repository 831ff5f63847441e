"""What a command starts in the end."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.runners import invocation


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("curl -f x", ("curl", ["-f", "x"], False)),
        ("/usr/bin/python3.12 -u app.py --port 1", ("python", ["-u", "app.py", "--port", "1"], False)),
        ("python -m http.server 80", ("http.server", ["80"], True)),
        ("python3 -W ignore -u -m pip.__main__ x", ("pip", ["x"], True)),
        ("python -um uvicorn a:b", ("uvicorn", ["a:b"], True)),
        ("uv run --frozen uvicorn a:b", ("uvicorn", ["a:b"], False)),
        ("uv run serve.py", ("python", ["serve.py"], False)),
        ("uv run -m uvicorn a:b", ("uvicorn", ["a:b"], True)),
        ("uvx --from huggingface_hub hf download x", ("hf", ["download", "x"], False)),
        ("conda run -n env python -m vllm.x", ("vllm.x", [], True)),
        ("exec tini -- gunicorn a:b", ("gunicorn", ["a:b"], False)),
    ],
)  # fmt: skip
def test_program_in_the_end(script: str, expected: tuple[str, list[str], bool]) -> None:
    found = invocation(command(script))

    assert found is not None
    assert (found.name, [word.value for word in found.arguments], found.is_module) == expected


@pytest.mark.parametrize("script", ["$TOOL x", "X=1", "python -m $MODULE", "uv run -m"])
def test_program_that_is_not_known(script: str) -> None:
    assert invocation(command(script)) is None
