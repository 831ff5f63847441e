"""Tests of changes of ENV."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.env_edits import without_elements, without_pair
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.text.edit import apply_edits


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV X=1\nRUN a", "RUN a"),
        ("ENV X=1 A=2", "ENV A=2"),
        ("ENV A=2 \\\n    X=1 \\\n    B=3", "ENV A=2 \\\n    B=3"),
        ("ENV A=2 X='1 2'", "ENV A=2"),
    ],
)
def test_a_variable_goes(before: str, after: str) -> None:
    [env] = build(before).of(Env)
    pair = next(pair for pair in env.pairs if pair.name.value == "X")
    change = without_pair(env, pair)

    assert change is not None
    assert apply_edits(before, [change.edit]) == after
    assert change.changes == (() if "ENV" in after else ("-ENV",))


def test_a_comment_keeps_it() -> None:
    [env] = build("ENV A=2 \\\n# why\n    X=1").of(Env)

    assert without_pair(env, env.pairs[1]) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV P=/x:/a", "ENV P=/a"),
        ('ENV P="/a:/x:$P"', 'ENV P="/a:$P"'),
        ("ENV P=/a:/x${P:+:$P}", "ENV P=/a${P:+:$P}"),
        ("ENV P=/x:${P}\nRUN a", "RUN a"),
    ],
)
def test_an_element_goes(before: str, after: str) -> None:
    [env] = build(before).of(Env)
    change = without_elements(env, env.pairs[0], lambda element: element == "/x")

    assert change is not None
    assert apply_edits(before, [change.edit]) == after
