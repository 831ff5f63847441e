"""Tests of the rule `copy-from-own-stage`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("copy-from-own-stage")


@pytest.mark.parametrize("name", ["build", "BUILD", "1"])
def test_the_stage_itself_is_found(name: str) -> None:
    text = f"FROM a\nFROM b AS Build\ncopy --chown=1 --from={name} /c /d\n"

    assert JUDGE.messages(text) == [f"`{name}` is the stage that this stands in"]
    assert JUDGE.places(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS b\nFROM c\nCOPY --from=b /d /e",
        "FROM a AS b\nFROM c\nCOPY --from=0 /d /e",
        "FROM a AS b\nONBUILD COPY --from=b /d /e",
        "COPY --from=0 /a /b",
        "FROM a AS b\nCOPY --from=b:1 /d /e",
    ],
)
def test_other_stages_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
