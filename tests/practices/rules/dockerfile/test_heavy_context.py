from __future__ import annotations

from tests.practices.rules.trial import Trial

NAME = "heavy-context"
FILES = {"data/a.csv": "", "model.pt": "", "a.py": ""}
SIZES = {"data/a.csv": 400_000_000, "model.pt": 300_000_000, "a.py": 900}


def _messages(text: str, limit: int = 500) -> list[str]:
    return Trial(NAME, text, FILES, sizes=SIZES, options={"limit": limit}).messages


def test_the_largest_are_named() -> None:
    assert _messages("FROM a\nCOPY . /app\n") == [
        "the build is sent 700 MB, most of it `data` (400 MB), `model.pt` (300 MB)"
    ]


def test_below_the_limit_or_with_nothing_copied_there_is_nothing() -> None:
    assert _messages("FROM a\nCOPY . /app\n", limit=1000) == []
    assert _messages("FROM a\nCOPY a.py /app\n") == []
    assert _messages("FROM a AS b\nFROM c\nCOPY --from=b . /app\n") == []
