"""Tests of the rule `model-in-image-by-accident`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

MB = 1_000_000
SIZES = {"models/new.safetensors": 900 * MB, "src/old.pt": 90 * MB, "src/tiny.joblib": 1000}
JUDGE = Judge(
    "model-in-image-by-accident",
    files=dict.fromkeys([*SIZES, "src/app.py", "lib/x.py"], ""),
    sizes=SIZES,
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "FROM a\nCOPY . .",
            (
                "`.` takes 990 MB of weights along: `models/new.safetensors`, `src/old.pt` and"
                " `src/tiny.joblib`"
            ),
        ),
        (
            "FROM a\nCOPY src/ /app/",
            "`src/` takes 90 MB of weights along: `src/old.pt` and `src/tiny.joblib`",
        ),
    ],
)
def test_weights_beside_code_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(f"{text}\n") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nCOPY models/ /models/",
        "FROM a\nCOPY orm/models/ /app/models/",
        "FROM a\nCOPY usercustomize.pth /usr/lib/python3.12/site-packages/",
        "FROM a\nCOPY src/old.pt /models/",
        "FROM a\nCOPY --exclude=**/*.pt --exclude=models . .",
        "FROM a\nCOPY lib/ lib/",
        "FROM a AS b\nCOPY . .\nFROM a\nCOPY --from=b /x /x",
    ],
)
def test_weights_that_are_named_are_not(text: str) -> None:
    assert JUDGE.messages(f"{text}\n") == []
