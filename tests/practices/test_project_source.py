"""Tests of which COPY brings source code."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.project_source import source_word

FILES = {"src/a.py": "", "data/a.csv": "", "main.py": "", "tool.py": "", "b.py": ""}


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        ("COPY . .", "."),
        ("COPY ./ /app/", "./"),
        ("COPY data src /app/", "src"),
        ("COPY requirements.txt main.py ./", "main.py"),
        ("COPY b.py ./", "b.py"),
        ("COPY data tool.py /app/", None),
        ("COPY requirements.txt .", None),
        ("COPY --from=x . .", None),
    ],
)
def test_the_word_that_brings_it(copy: str, word: str | None) -> None:
    stage = build(f'FROM a\n{copy}\nCMD ["python", "b.py"]\n', FILES).stages[0]
    found = source_word(stage, stage.copies[0])

    assert (found.value if found else None) == word
