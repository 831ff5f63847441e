"""Tests of the rule `poetry-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("poetry-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RUN poetry install",
            "RUN poetry install && rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts",
        ),
        (
            "ENV POETRY_CACHE_DIR=/c\nRUN poetry install",
            "ENV POETRY_CACHE_DIR=/c\nRUN poetry install && rm -rf /c/cache /c/artifacts",
        ),
        ("RUN pdm sync && x", "RUN pdm sync && rm -rf ~/.cache/pdm && x"),
        ("RUN pipenv sync", "RUN pipenv sync && rm -rf ~/.cache/pipenv ~/.cache/pip"),
    ],
)
def test_the_cache_is_removed_but_not_the_environments(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM a\n{before}\n", unsafe=False) == f"FROM a\n{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN poetry install --no-cache",
        "FROM a\nRUN poetry install && rm -rf $POETRY_CACHE_DIR ~/.cache",
        "FROM a\nRUN --mount=type=cache,target=/root/.cache/pypoetry poetry install",
        "FROM a AS b\nRUN poetry install\nFROM a\nCOPY --from=b /e /e",
        "FROM a\nRUN poetry lock",
    ],
)
def test_what_leaves_nothing_is_not_found(text: str) -> None:
    assert JUDGE.messages(text) == []
